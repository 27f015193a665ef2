-- Grain: metric x area (region, programme) x period x kind of slice: areas whose slices are withheld, all or none.
-- Because one of them is small, because the area's own counts are withheld, because one slice counts a single site of
-- those withheld (age: with any such site, until the month has closed), or, the programme's, because a region's are.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with slice as (
    select
        v.metric_code,
        v.area_type,
        v.area_code,
        v.period,
        v.slice_type,
        v.period_window,
        bool_or(
            stat.is_disclosive(v.numerator, d.numerator_counts)
            or stat.is_disclosive(v.denominator, d.denominator_counts)
        ) as has_small
    from {{ ref('fct_metric_slice') }} as v
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    where v.area_type <> 'site' and {{ in_months('v.period', 'window_months') }}
    group by v.metric_code, v.area_type, v.area_code, v.period, v.slice_type, v.period_window
),

--  Withheld sites in each slice: of the ages all of them, of the fifths of deprivation those with a practice in it
part as (
    select
        w.metric_code,
        w.site_code,
        w.period,
        'age_group' as slice_type,
        '' as slice
    from {{ ref('bi_slice__site') }} as w
    union
    select
        r.metric_code,
        r.site_code,
        r.period,
        'deprivation_quintile' as slice_type,
        p.imd_quintile::text as slice
    from {{ ref('site_result') }} as r
    inner join {{ ref('dim_practice') }} as p
        on
            r.site_code = p.site_code
            and r.period >= p.valid_from
            and (p.valid_to is null or p.valid_to > r.period - interval '11 months')
    where
        r.is_withheld
        and r.is_main_window
        and p.imd_quintile is not null
        and {{ in_months('r.period', 'window_months') }}
),

held_by as (
    select
        p.metric_code,
        a.area_type,
        a.area_code,
        p.period,
        p.slice_type,
        p.slice,
        count(*) = 1 or (p.slice_type = 'age_group' and m.primary_close_at > now()) as is_telling
    from part as p
    inner join {{ ref('dim_site') }} as s on p.site_code = s.site_code
    inner join {{ ref('dim_period') }} as m on p.period = m.period
    cross join
        lateral (
            values ('region', coalesce(s.region, '')), ('programme', 'PCH')
        ) as a (area_type, area_code)
    where a.area_type = 'region' or p.slice_type = 'deprivation_quintile'
    group by p.metric_code, a.area_type, a.area_code, p.period, p.slice_type, p.slice, m.primary_close_at
),

withheld as (
    select
        metric_code,
        area_type,
        area_code,
        period,
        slice_type
    from held_by
    where is_telling
    union
    select
        s.metric_code,
        s.area_type,
        s.area_code,
        s.period,
        s.slice_type
    from slice as s
    inner join {{ ref('area_result') }} as a
        on
            (s.metric_code, s.area_type, s.area_code, s.period, s.period_window)
            = (a.metric_code, a.area_type, a.area_code, a.period, a.period_window)
            and a.is_main_window
            and {{ in_months('a.period', 'window_months') }}
    where s.has_small or a.is_withheld
)

select * from withheld
union
select
    metric_code,
    'programme' as area_type,
    'PCH' as area_code,
    period,
    slice_type
from withheld
