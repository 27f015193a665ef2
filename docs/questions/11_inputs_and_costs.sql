-- What does the programme put in per patient, and what do emergency hospital care and all care cost, region by region?
-- Twelve months, pounds of the base year per patient and month.
select
    a.area_code as region,
    max(a.value) filter (where a.metric_code = 'IN01') as input_gbp,
    max(a.value) filter (where a.metric_code = 'CO02') as emergency_gbp,
    max(a.value) filter (where a.metric_code = 'CO01') as total_gbp,
    min(a.coverage_pct) as least_coverage_pct,
    string_agg(a.metric_code || ': ' || a.state_reason, '; ' order by a.metric_code) as said_of_it
from bi.area_result as a
where
    a.area_type = 'region'
    and a.metric_code in ('IN01', 'CO02', 'CO01')
    and a.is_main_window
    and a.period = date '2026-09-01'
group by a.area_code
order by region;
