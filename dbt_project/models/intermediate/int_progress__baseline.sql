-- Grain: metric x site that has a baseline: what later figures of the site are held against. Frozen (ops.baseline); the
-- rest are of the first window that ends twelve months or more after the later of the site's start and the programme's
-- first month, has a figure and has closed (is_new: the pipeline freezes them after the build).
{{ config(materialized='table', indexes=[]) }}
with wanted as (
    select
        m.metric_code,
        s.site_code,
        greatest(date_trunc('month', s.start_date), (select min(p.period) from {{ ref('stg_period') }} as p))
        + interval '11 months' as earliest
    from {{ ref('stg_metric') }} as m
    cross join {{ ref('stg_site') }} as s
    where
        not exists (
            select from {{ ref('stg_baseline') }} as b
            where (b.metric_code, b.site_code) = (m.metric_code, s.site_code)
        )
    group by m.metric_code, s.site_code, s.start_date
),

--  Of history, only what may hold a baseline that is wanted
first_settled as (
    select
        j.metric_code,
        j.site_code,
        min(j.period) as period
    from {{ ref('int_metric__judged') }} as j
    inner join {{ ref('stg_metric') }} as m
        on j.definition_id = m.definition_id and j.period_window = {{ progress_window('m') }}
    inner join wanted as w
        on (j.metric_code, j.site_code) = (w.metric_code, w.site_code) and j.period >= w.earliest
    where
        j.is_in_force
        and j.value is not null
        and j.edition <> 'provisional'
        and j.period >= (select min(o.earliest) from wanted as o)
    group by j.metric_code, j.site_code
),

figure as (
    select j.*
    from first_settled as f
    inner join {{ ref('int_metric__judged') }} as j
        on (f.metric_code, f.site_code, f.period) = (j.metric_code, j.site_code, j.period) and j.is_in_force
    inner join {{ ref('stg_metric') }} as m
        on j.definition_id = m.definition_id and j.period_window = {{ progress_window('m') }}
    where j.period in (select o.period from first_settled as o)
),

member as (
    select
        w.site_code,
        w.first_period,
        w.period,
        array_agg(distinct m.practice_code) as practices
    from (select distinct
        f.site_code,
        f.first_period,
        f.period
    from figure as f) as w
    inner join {{ ref('stg_membership') }} as m
        on w.site_code = m.site_code and m.period between w.first_period and w.period
    group by w.site_code, w.first_period, w.period
)

select
    metric_code,
    site_code,
    definition_version,
    metric_code || '.v' || definition_version as definition_id,
    period_window,
    first_period,
    last_period,
    value,
    lower_95,
    upper_95,
    numerator,
    denominator,
    coverage_pct,
    practices,
    because,
    frozen_by,
    frozen_at,
    false as is_new
from {{ ref('stg_baseline') }}
union all
select
    f.metric_code,
    f.site_code,
    f.definition_version,
    f.definition_id,
    f.period_window,
    f.first_period,
    f.period as last_period,
    f.value,
    f.lower_95,
    f.upper_95,
    f.numerator,
    f.denominator,
    f.coverage_pct,
    coalesce(m.practices, '{}') as practices,
    null as because,
    null as frozen_by,
    null as frozen_at,
    true as is_new
from figure as f
left join member as m on (f.site_code, f.first_period, f.period) = (m.site_code, m.first_period, m.period)
