-- Grain: metric x site: the newest closed month, main window, with names: the table to begin with.
{{ config(materialized='view') }}
select
    m.aim,
    r.metric_code,
    m.metric_name,
    m.unit,
    m.direction,
    r.site_code,
    s.site_name,
    s.region,
    s.wave,
    r.period,
    t.month_name,
    r.state,
    r.state_reason,
    r.value,
    r.lower_95,
    r.upper_95,
    r.verdict,
    r.target_value,
    r.is_target_met,
    r.decile,
    r.funnel_position,
    r.coverage_pct,
    r.edition
from {{ ref('month') }} as t
inner join {{ ref('site_result') }} as r on t.is_newest_closed and t.period = r.period and r.is_main_window
inner join {{ ref('metric') }} as m on r.metric_code = m.metric_code
inner join {{ ref('site') }} as s on r.site_code = s.site_code
