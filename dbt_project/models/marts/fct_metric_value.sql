-- Grain: metric x site x period x window, by the version of the metric in force for the period; every cell exists and
-- is in exactly one state (int_metric__judged).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'period_window'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period_window', 'period', 'definition_version', 'value']}]
) }}
select
    metric_code::text as metric_code,
    site_code::text as site_code,
    period::date as period,
    period_window::text as period_window,
    state::text as state,
    state_reason::text as state_reason,
    coverage_pct::double precision as coverage_pct,
    definition_version::integer as definition_version,
    worst_finding_severity::text as worst_finding_severity,
    worst_finding::text as worst_finding,
    worst_finding_message::text as worst_finding_message,
    open_questions_count::integer as open_questions_count,
    explanations::text[] as explanations,
    edition::text as edition,
    numerator::double precision as numerator,
    denominator::double precision as denominator,
    value::double precision as value,
    lower_95::double precision as lower_95,
    upper_95::double precision as upper_95,
    lower_998::double precision as lower_998,
    upper_998::double precision as upper_998,
    nominal_value::double precision as nominal_value,
    sensitivity_lower::double precision as sensitivity_lower,
    sensitivity_upper::double precision as sensitivity_upper,
    judged_at::timestamptz as built_at
from {{ ref('int_metric__judged') }}
where is_in_force and {{ in_months('period', 'window_months') }}
