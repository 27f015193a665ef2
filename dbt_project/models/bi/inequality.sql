-- Grain: metric x period, of the programme and the metric's main window: how the figure changes over the fifths of
-- deprivation. Where all five fifths are shown.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code'], 'unique': true}]
) }}
with shown as (
    select
        metric_code,
        period,
        count(value) = 5 as is_whole,
        bool_or(state = 'suppressed') as is_suppressed,
        max(value) filter (where slice = '1') as most_deprived_value,
        max(value) filter (where slice = '5') as least_deprived_value
    from {{ ref('slice_result') }}
    where
        (area_type, slice_type) = ('programme', 'deprivation_quintile')
        and {{ in_months('period', 'window_months') }}
    group by metric_code, period
)

select
    i.metric_code::text as metric_code,
    i.period::date as period,
    i.period_window::text as period_window,
    s.most_deprived_value::double precision as most_deprived_value,
    s.least_deprived_value::double precision as least_deprived_value,
    (s.most_deprived_value - s.least_deprived_value)::double precision as gap,
    {% for column in [
        'slope_index', 'slope_index_lower_95', 'slope_index_upper_95', 'relative_index_ratio',
        'relative_index_ratio_lower_95', 'relative_index_ratio_upper_95'
    ] -%}
        case when s.is_whole then stat.significant(i.{{ column }}, 3) end::double precision as {{ column }},
    {% endfor -%}
    case when s.is_suppressed then 'suppressed' else i.state end::text as state,
    case when s.is_suppressed then {{ reason_slice() }} else i.state_reason end::text as state_reason
from {{ ref('fct_inequality') }} as i
inner join {{ ref('dim_metric') }} as m
    on i.metric_code = m.metric_code and i.period_window = {{ progress_window('m') }}
left join shown as s on i.metric_code = s.metric_code and i.period = s.period
where {{ in_months('i.period', 'window_months') }}
