-- Grain: metric x measure it is made of, above or below the line. A table, so that the planner knows how few there are.
{{ config(materialized='table', indexes=[]) }}
select
    m.metric_code,
    m.method,
    t.measure_code,
    t.is_numerator
from {{ ref('stg_metric') }} as m
cross join
    lateral (
        values (m.numerator_measure, true), (m.denominator_measure, false)
    ) as t (measure_code, is_numerator)
