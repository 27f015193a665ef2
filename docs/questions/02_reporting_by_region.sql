-- How completely and how punctually did each region report over the last twelve months?
-- Counts add up over months; rates do not, so they are made of the sums.
select
    area_code as region,
    sum(expected_count) as expected_count,
    sum(received_count) as received_count,
    round(100.0 * sum(received_count) / nullif(sum(expected_count), 0), 1) as reporting_rate_pct,
    round(100.0 * sum(on_time_count) / nullif(sum(expected_count), 0), 1) as timeliness_pct
from bi.reporting
where
    area_type = 'region'
    and period between date '2026-09-01' - interval '11 months' and date '2026-09-01'
group by area_code
order by reporting_rate_pct desc, region asc;
