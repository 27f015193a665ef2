-- Grain: version of a metric in force x area (site, region, programme) x slice x period x window x sex x age band: what
-- figures of parts are made of. By age: standardised metrics, as the crude rate of each age group. By the practices'
-- deprivation: regions and the programme, by the metric's own method; every practice counts with the months that its
-- figure includes, also where its site as a whole is not covered well enough or has not taken part all the window.
{{ config(months_var='window_months', indexes=[{'columns': ['period', 'definition_id']}]) }}
with in_force as (
    select distinct
        w.definition_id,
        w.method,
        w.period,
        w.period_window,
        w.first_period
    from {{ ref('int_metric__window') }} as w
    inner join {{ ref('stg_metric') }} as m
        on w.definition_id = m.definition_id and w.period >= m.in_force_from and w.period < m.in_force_to
    where w.is_complete and m.variant is null and {{ in_months('w.period', 'window_months') }}
),

grouped as materialized (
    select
        s.age_band,
        g.age_group
    from {{ ref('stg_standard_population') }} as s
    inner join {{ age_groups() }} as g (age_group, age_from, age_to)
        on s.age_from >= g.age_from and s.age_from < g.age_to
),

banded as (
    select
        definition_id,
        'site' as area_type,
        site_code as area_code,
        period,
        period_window,
        sex,
        age_band,
        numerator,
        denominator,
        suppressed_count
    from {{ ref('int_metric__window_strata') }}
    where {{ in_months('period', 'window_months') }}
    union all
    select
        definition_id,
        area_type,
        area_code,
        period,
        period_window,
        sex,
        age_band,
        numerator,
        denominator,
        0 as suppressed_count
    from {{ ref('int_metric__area_strata') }}
    where area_type in ('region', 'programme') and {{ in_months('period', 'window_months') }}
),

--  By region first: the programme is made of few sums then
by_region as (
    select
        f.definition_id,
        f.method,
        q.region,
        q.imd_quintile,
        f.period,
        f.period_window,
        q.sex,
        q.age_band,
        sum(q.numerator) as numerator,
        sum(q.denominator) as denominator,
        sum(q.squares) as squares,
        sum(q.nominal) as nominal
    from in_force as f
    inner join {{ ref('int_metric__quintile_strata') }} as q
        on f.definition_id = q.definition_id and q.period between f.first_period and f.period
    where {{ in_reach('q.period') }}
    group by
        f.definition_id, f.method, q.region, q.imd_quintile, f.period, f.period_window, q.sex, q.age_band
)

select
    b.definition_id,
    'crude_rate' as method,
    b.area_type,
    b.area_code,
    'age_group' as slice_type,
    g.age_group as slice,
    b.period,
    b.period_window,
    'all' as sex,
    'all' as age_band,
    sum(b.numerator) as numerator,
    sum(b.denominator) as denominator,
    null::double precision as squares,
    null::double precision as nominal,
    sum(b.suppressed_count)::bigint as suppressed_count
from banded as b
inner join in_force as f
    on (b.definition_id, b.period, b.period_window) = (f.definition_id, f.period, f.period_window)
inner join grouped as g on b.age_band = g.age_band
where b.sex in ('female', 'male')
group by b.definition_id, b.area_type, b.area_code, g.age_group, b.period, b.period_window
union all
select
    r.definition_id,
    r.method,
    a.area_type,
    a.area_code,
    'deprivation_quintile' as slice_type,
    r.imd_quintile::text as slice,
    r.period,
    r.period_window,
    r.sex,
    r.age_band,
    sum(r.numerator) as numerator,
    sum(r.denominator) as denominator,
    sum(r.squares) as squares,
    sum(r.nominal) as nominal,
    0 as suppressed_count
from by_region as r
cross join lateral (values ('programme', 'PCH'), ('region', nullif(r.region, ''))) as a (area_type, area_code)
where a.area_code is not null
group by
    r.definition_id, r.method, a.area_type, a.area_code, r.imd_quintile, r.period, r.period_window, r.sex, r.age_band
