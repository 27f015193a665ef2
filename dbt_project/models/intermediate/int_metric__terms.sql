-- Grain: version of a metric x measure it is made of x what the measure is in it: numerator, denominator, squares (how
-- sure it is), nominal (money of the time), volume (what was bought). A table, so that the planner knows how few.
{{ config(materialized='table', indexes=[]) }}
select
    m.definition_id,
    m.method,
    t.measure_code,
    t.term,
    coalesce(m.age_from, 0) as age_from,
    {{ is_standardised('m.method') }} as is_standardised
from {{ ref('stg_metric') }} as m
cross join
    lateral (
        values
        (m.numerator_measure, 'numerator'),
        (m.denominator_measure, 'denominator'),
        (m.squares_measure, 'squares'),
        (m.nominal_measure, 'nominal'),
        (m.volume_measure, 'volume')
    ) as t (measure_code, term)
where t.measure_code is not null
