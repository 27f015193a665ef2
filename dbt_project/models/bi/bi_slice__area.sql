-- Grain: metric x area (region, wave, programme) x period x kind of slice x variant (''): areas whose slices are
-- withheld, all or none, by the rules of area_result. Because one of them is small, because the area's own counts are
-- withheld, because one slice counts a single site of those withheld (with any such site until the month has closed,
-- and in a wave always), or, the programme's, because a region's are.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with slice as (
    select
        v.metric_code,
        v.area_type,
        v.area_code,
        v.period,
        v.slice_type,
        v.period_window,
        {{ variant_of('v') }} as variant,
        bool_or(
            stat.is_disclosive(v.numerator, d.numerator_counts)
            or stat.is_disclosive(v.denominator, d.denominator_counts)
        ) as has_small
    from {{ ref('fct_metric_slice') }} as v
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    where v.area_type <> 'site' and {{ in_months('v.period', 'window_months') }}
    group by
        v.metric_code, v.area_type, v.area_code, v.period, v.slice_type, v.period_window, {{ variant_of('v') }}
),

--  Withheld sites in each slice: of the fifths of deprivation, those with a practice in it
part as (
    select
        *,
        '' as slice
    from {{ ref('bi_slice__site') }}
    union
    select
        r.metric_code,
        r.site_code,
        r.period,
        'deprivation_quintile' as slice_type,
        '' as variant,
        p.imd_quintile::text as slice
    from {{ ref('site_result') }} as r
    inner join {{ ref('dim_practice') }} as p
        on
            r.site_code = p.site_code
            and r.period >= p.valid_from
            and (p.valid_to is null or r.period - interval '11 months' < p.valid_to)
    where
        r.is_withheld
        and r.is_main_window
        and p.imd_quintile is not null
        and {{ in_months('r.period', 'window_months') }}
),

telling as (
    select
        p.metric_code,
        a.area_type,
        a.area_code,
        p.period,
        p.slice_type,
        p.variant
    from part as p
    inner join {{ ref('dim_site') }} as s on p.site_code = s.site_code
    inner join {{ ref('dim_period') }} as m on p.period = m.period
    cross join
        lateral (
            values ('region', coalesce(s.region, '')), ('wave', s.wave), ('programme', 'PCH')
        ) as a (area_type, area_code)
    where a.area_type <> 'programme' or p.slice_type = 'deprivation_quintile'
    group by p.metric_code, a.area_type, a.area_code, p.period, p.slice_type, p.variant, p.slice, m.primary_close_at
    having count(*) = 1 or a.area_type = 'wave' or m.primary_close_at > now()
),

withheld as (
    select * from telling
    union
    select
        s.metric_code,
        s.area_type,
        s.area_code,
        s.period,
        s.slice_type,
        s.variant
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
    slice_type,
    variant
from withheld
where area_type = 'region'
