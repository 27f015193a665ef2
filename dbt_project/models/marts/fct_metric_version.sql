-- Grain: metric x version that is not in force for the period x site x period x window, beside the version that is.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'period_window']}]
) }}
select
    j.metric_code::text as metric_code,
    j.definition_version::integer as definition_version,
    j.site_code::text as site_code,
    j.period::date as period,
    j.period_window::text as period_window,
    j.state::text as state,
    j.state_reason::text as state_reason,
    j.numerator::double precision as numerator,
    j.denominator::double precision as denominator,
    j.value::double precision as value,
    j.lower_95::double precision as lower_95,
    j.upper_95::double precision as upper_95,
    f.definition_version::integer as definition_version_in_force,
    f.value::double precision as value_in_force,
    (j.value - f.value)::double precision as difference
from {{ ref('int_metric__judged') }} as j
left join {{ ref('int_metric__judged') }} as f
    on
        f.is_in_force
        and (j.metric_code, j.site_code, j.period, j.period_window)
        = (f.metric_code, f.site_code, f.period, f.period_window)
        and {{ in_months('f.period', 'window_months') }}
where not j.is_in_force and {{ in_months('j.period', 'window_months') }}
