-- Grain: metric x site that has a baseline x version of the metric: what the version makes today, of the data as they
-- are now, of the window of the baseline. Beside a frozen baseline it tells what was restated since, and what another
-- definition makes of the same months.
{{ config(materialized='table', indexes=[]) }}
select
    b.metric_code,
    b.site_code,
    j.definition_id,
    j.value,
    j.lower_95,
    j.upper_95
from {{ ref('int_progress__baseline') }} as b
inner join {{ ref('int_metric__judged') }} as j
    on
        (b.metric_code, b.site_code, b.last_period, b.period_window)
        = (j.metric_code, j.site_code, j.period, j.period_window)
where
    j.value is not null
    and j.period in (select o.last_period from {{ ref('int_progress__baseline') }} as o)
