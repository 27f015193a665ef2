-- Grain: figure (version of a metric x area x slice x period x window). Mean of what was measured, from its count, sum
-- and sum of squares; Student's limits.
{{ config(materialized='ephemeral') }}
select
    {{ figure_columns('s') }},
    coalesce(s.numerator, 0) as numerator,
    s.denominator,
    s.suppressed_count,
    m.multiplier * m95.value as value,
    m.multiplier * m95.lower as lower_95,
    m.multiplier * m95.upper as upper_95,
    m.multiplier * m998.lower as lower_998,
    m.multiplier * m998.upper as upper_998,
    null::double precision as nominal_value,
    case when coalesce(s.denominator, 0) = 0 then 'nothing was measured' end as reason
from {{ ref('int_metric__cells') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join lateral stat.mean(s.denominator, coalesce(s.numerator, 0), coalesce(s.squares, 0), 0.95) as m95
cross join lateral stat.mean(s.denominator, coalesce(s.numerator, 0), coalesce(s.squares, 0), 0.998) as m998
where s.method = 'mean'
