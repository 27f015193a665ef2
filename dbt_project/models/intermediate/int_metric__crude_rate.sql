-- Grain: figure (version of a metric x area x slice x period x window). Count per person-time, exact Poisson limits
-- below 10, Byar from 10.
{{ config(materialized='ephemeral') }}
select
    {{ figure_columns('s') }},
    coalesce(s.numerator, 0) as numerator,
    s.denominator,
    s.suppressed_count,
    r95.value,
    r95.lower as lower_95,
    r95.upper as upper_95,
    r998.lower as lower_998,
    r998.upper as upper_998,
    null::double precision as nominal_value,
    case
        when coalesce(s.denominator, 0) = 0 then 'no registered patients'
        when coalesce(s.numerator, 0) < 0 then 'corrections exceed what they correct'
    end as reason
from {{ ref('int_metric__cells') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join lateral stat.rate(coalesce(s.numerator, 0), s.denominator, m.multiplier, 0.95) as r95
cross join lateral stat.rate(coalesce(s.numerator, 0), s.denominator, m.multiplier, 0.998) as r998
where s.method = 'crude_rate'
