-- Grain: figure (version of a metric x area x slice x period x window). Part of those counted, Wilson limits. Weighted
-- answers (squares: of the weights) have fewer behind them than their number says: Kish's effective number,
-- (sum of weights)^2 / sum of their squares, takes its place in the limits.
{{ config(materialized='ephemeral') }}
select
    {{ figure_columns('s') }},
    coalesce(s.numerator, 0) as numerator,
    s.denominator,
    s.suppressed_count,
    p95.value,
    p95.lower as lower_95,
    p95.upper as upper_95,
    p998.lower as lower_998,
    p998.upper as upper_998,
    null::double precision as nominal_value,
    case
        when coalesce(s.denominator, 0) = 0 then 'nobody to count'
        when p95.value is null then 'more than there are'
    end as reason
from {{ ref('int_metric__cells') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join
    lateral (
        values (
            case when m.squares_measure is null then s.denominator else s.denominator ^ 2 / nullif(s.squares, 0) end
        )
    ) as e (n)
cross join lateral (values (coalesce(s.numerator, 0) / nullif(s.denominator, 0) * e.n)) as c (x)
cross join lateral stat.proportion(c.x, e.n, m.multiplier, 0.95) as p95
cross join lateral stat.proportion(c.x, e.n, m.multiplier, 0.998) as p998
where s.method = 'proportion'
