-- Grain: metric x period x window, of the programme. How the figure changes over the fifths of deprivation: slope and
-- relative index of inequality (stat.sii) on a straight line from the least deprived (0) to the most deprived (1), by
-- the fifths' denominators. Above 0, and a ratio above 1: higher where people are more deprived. Of practices' patients
-- as a whole, so of areas, not of persons. Limits: where every fifth has its own.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'period_window'], 'unique': true}]
) }}
with fifth as (
    select
        metric_code,
        period,
        period_window,
        count(value) as known_count,
        array_agg(denominator order by slice desc) as population,
        array_agg(value order by slice desc) as rate,
        array_agg((upper_95 - lower_95) / (2 * 1.959963984540054) order by slice desc) as standard_error,
        max(value) filter (where slice = '1') as most_deprived_value,
        max(value) filter (where slice = '5') as least_deprived_value,
        string_agg(slice, ', ' order by slice) filter (where value is not null) as known
    from {{ ref('fct_metric_slice') }}
    where
        area_type = 'programme'
        and slice_type = 'deprivation_quintile'
        and {{ in_months('period', 'window_months') }}
    group by metric_code, period, period_window
)

select
    a.metric_code::text as metric_code,
    a.period::date as period,
    a.period_window::text as period_window,
    f.most_deprived_value::double precision as most_deprived_value,
    f.least_deprived_value::double precision as least_deprived_value,
    i.sii::double precision as slope_index,
    i.sii_lower::double precision as slope_index_lower_95,
    i.sii_upper::double precision as slope_index_upper_95,
    i.rii::double precision as relative_index_ratio,
    i.rii_lower::double precision as relative_index_ratio_lower_95,
    i.rii_upper::double precision as relative_index_ratio_upper_95,
    (f.most_deprived_value - f.least_deprived_value)::double precision as gap,
    case
        when a.state <> 'received' then a.state
        when f.metric_code is null then 'not_applicable'
        when f.known_count < 5 then 'below_minimum'
        else 'received'
    end::text as state,
    case
        when a.state <> 'received' then a.state_reason
        when f.metric_code is null then 'not made of practices whose deprivation is known'
        when f.known_count < 5 then 'a figure of quintile ' || coalesce(f.known, 'none') || ' only'
    end::text as state_reason
from {{ ref('fct_area_value') }} as a
left join fifth as f
    on (a.metric_code, a.period, a.period_window) = (f.metric_code, f.period, f.period_window)
left join lateral stat.sii(f.population, f.rate, f.standard_error) as i on a.state = 'received' and f.known_count = 5
where a.area_type = 'programme' and {{ in_months('a.period', 'window_months') }}
