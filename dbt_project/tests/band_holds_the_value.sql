-- Grain: a figure that lies outside its sensitivity band, has half a band, or has a band that nothing calls for.
select
    metric_code,
    site_code,
    period,
    period_window,
    value,
    sensitivity_lower,
    sensitivity_upper
from {{ ref('fct_metric_value') }}
where
    {{ in_months('period', 'window_months') }}
    and num_nonnulls(sensitivity_lower, sensitivity_upper) > 0
    and (
        (value between sensitivity_lower and sensitivity_upper) is not true
        or (coverage_pct = 100 and open_questions_count = 0)
    )
