-- Grain: metric x area (programme, region, wave) x period x window, by the version of the metric in force; every cell
-- exists and is in exactly one state (int_metric__area_judged).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'area_type', 'area_code', 'period_window'], 'unique': true}]
) }}
select
    metric_code::text as metric_code,
    area_type::text as area_type,
    area_code::text as area_code,
    period::date as period,
    period_window::text as period_window,
    state::text as state,
    state_reason::text as state_reason,
    definition_version::integer as definition_version,
    sites_count::integer as sites_count,
    sites_expected_count::integer as sites_expected_count,
    coverage_pct::double precision as coverage_pct,
    numerator::double precision as numerator,
    denominator::double precision as denominator,
    value::double precision as value,
    lower_95::double precision as lower_95,
    upper_95::double precision as upper_95,
    lower_998::double precision as lower_998,
    upper_998::double precision as upper_998,
    nominal_value::double precision as nominal_value
from {{ ref('int_metric__area_judged') }}
where {{ in_months('period', 'window_months') }}
