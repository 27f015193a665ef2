-- Grain: metric x site x period: the figure beside the site's baseline, by the version in force for the period; r12
-- if the metric has it, else the month. Where the definition has changed since, the figure is held against what its
-- version makes of the baseline's months (like for like); definition_change is what the definition alone did. Only
-- windows that have no month in common are compared. Interval: stat.difference (MOVER); a complete count has none.
-- What could be seen at all: stat.detectable_change_pct, stat.months_to_show; more than a hundred years is never.
{{ config(months_var='window_months') }}
with figure as (
    select
        j.*,
        m.metric_name,
        m.unit,
        m.method,
        m.polarity,
        m.worthwhile_change_pct,
        b.definition_version as baseline_version,
        b.first_period as baseline_first_period,
        b.last_period as baseline_last_period,
        b.value as baseline_value,
        b.lower_95 as baseline_lower_95,
        b.upper_95 as baseline_upper_95,
        r.value as restated_value,
        r.lower_95 as restated_lower_95,
        r.upper_95 as restated_upper_95,
        coalesce(o.value, b.value) as own_value,
        j.first_period > b.last_period as is_apart,
        1 + {{ months_between('b.first_period', 'b.last_period') }} as baseline_months
    from {{ ref('int_metric__judged') }} as j
    inner join {{ ref('stg_metric') }} as m
        on j.definition_id = m.definition_id and j.period_window = {{ progress_window('m') }}
    left join {{ ref('int_progress__baseline') }} as b
        on (j.metric_code, j.site_code, j.period_window) = (b.metric_code, b.site_code, b.period_window)
    left join {{ ref('int_progress__restated') }} as r
        on (b.site_code, j.definition_id) = (r.site_code, r.definition_id)
    left join {{ ref('int_progress__restated') }} as o
        on (b.site_code, b.definition_id) = (o.site_code, o.definition_id)
    where j.is_in_force and {{ in_months('j.period', 'window_months') }}
),

held_against as (
    select
        f.*,
        case
            when f.definition_version = f.baseline_version then 0
            else f.restated_value - f.own_value
        end as definition_change,
        case
            when f.definition_version = f.baseline_version then f.baseline_lower_95 - f.baseline_value
            else f.restated_lower_95 - f.restated_value
        end as below,
        case
            when f.definition_version = f.baseline_version then f.baseline_upper_95 - f.baseline_value
            else f.restated_upper_95 - f.restated_value
        end as above
    from figure as f
)

select
    h.metric_code,
    h.definition_id,
    h.definition_version,
    h.site_code,
    h.period,
    h.period_window,
    h.first_period,
    h.metric_name,
    h.unit,
    h.method,
    h.polarity,
    h.worthwhile_change_pct,
    h.state,
    h.state_reason,
    h.value,
    h.lower_95,
    h.upper_95,
    h.baseline_version,
    h.baseline_first_period,
    h.baseline_last_period,
    h.baseline_value,
    h.baseline_lower_95,
    h.baseline_upper_95,
    h.restated_value,
    h.definition_change,
    c.comparable_value,
    h.is_apart,
    h.method in ('quotient', 'count_share') as is_complete_count,
    case when h.is_apart then d.value end as like_for_like_change,
    case when h.is_apart then d.lower end as like_for_like_lower_95,
    case when h.is_apart then d.upper end as like_for_like_upper_95,
    stat.detectable_change_pct(c.comparable_value, c.lower_95, c.upper_95, 0.5) as minimum_detectable_change_pct_50,
    stat.detectable_change_pct(c.comparable_value, c.lower_95, c.upper_95, 0.8) as minimum_detectable_change_pct_80,
    case when s.months <= 1200 then s.months end as months_to_show_worthwhile_change
from held_against as h
cross join lateral (values (h.baseline_value + h.definition_change)) as v (comparable_value)
cross join
    lateral (
        values (v.comparable_value, v.comparable_value + h.below, v.comparable_value + h.above)
    ) as c (comparable_value, lower_95, upper_95)
cross join
    lateral stat.difference(c.comparable_value, c.lower_95, c.upper_95, h.value, h.lower_95, h.upper_95) as d
cross join
    lateral (
        values (
            stat.months_to_show(h.worthwhile_change_pct, c.comparable_value, c.lower_95, c.upper_95, h.baseline_months)
        )
    ) as s (months)
