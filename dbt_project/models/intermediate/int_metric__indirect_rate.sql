-- Grain: figure (version of a metric x area x slice x period x window). Indirectly standardised: events over those
-- expected at the programme's rates of each stratum (int_metric__reference), times the programme's rate;
-- exact Poisson limits below 10 events, Byar from 10. Strata the reference does not know are left out.
{{ config(materialized='ephemeral') }}
with stratum as (
    select
        {{ figure_columns('s') }},
        array_agg(coalesce(s.numerator, 0)) as x,
        array_agg(coalesce(s.denominator, 0)) as n,
        array_agg(r.events) as ref_x,
        array_agg(r.population) as ref_n,
        sum(coalesce(s.numerator, 0)) as numerator,
        sum(coalesce(s.denominator, 0)) as denominator,
        sum(s.suppressed_count) as suppressed_count
    from {{ ref('int_metric__cells') }} as s
    inner join {{ ref('int_metric__reference') }} as r
        on (s.definition_id, s.sex, s.age_band) = (r.definition_id, r.sex, r.age_band) and r.population > 0
    where s.method = 'indirect_rate'
    group by {{ figure_columns('s') }}
)

select
    {{ figure_columns('s') }},
    s.numerator,
    s.denominator,
    s.suppressed_count,
    r95.value,
    r95.lower as lower_95,
    r95.upper as upper_95,
    r998.lower as lower_998,
    r998.upper as upper_998,
    null::double precision as nominal_value,
    case when coalesce(r95.expected, 0) = 0 then 'no events are expected' end as reason
from stratum as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join lateral stat.indirect_rate(s.x, s.n, s.ref_x, s.ref_n, m.multiplier, 0.95) as r95
cross join lateral stat.indirect_rate(s.x, s.n, s.ref_x, s.ref_n, m.multiplier, 0.998) as r998
