-- Grain: figure (version of a metric x area x slice x period x window). Directly standardised rates, 19 bands x 2 sexes
-- from the metric's youngest age on, ESP2013, Dobson limits (stat.dsr_squares; where events come one to a person, their
-- squares are their number). Every stratum of the standard takes part: one without population makes the rate
-- impossible, never its weight shared out. Events of unknown sex or age cannot be standardised.
{{ config(materialized='ephemeral') }}
with band as (
    select
        m.definition_id,
        e.age_band,
        e.standard_population::double precision as weight
    from {{ ref('stg_metric') }} as m
    inner join {{ ref('stg_standard_population') }} as e on e.age_from >= coalesce(m.age_from, 0)
),

standard as (
    select
        definition_id,
        2 * count(*) as strata_count
    from band
    group by definition_id
),

figure as (
    select
        {{ figure_columns('s') }},
        array_agg(coalesce(s.numerator, 0)) filter (where b.weight is not null) as x,
        array_agg(coalesce(s.squares, s.numerator, 0)) filter (where b.weight is not null) as q,
        array_agg(s.denominator) filter (where b.weight is not null) as n,
        array_agg(b.weight) filter (where b.weight is not null) as w,
        coalesce(sum(s.numerator) filter (where b.weight is not null), 0) as numerator,
        coalesce(sum(s.denominator) filter (where b.weight is not null), 0) as denominator,
        coalesce(sum(s.suppressed_count) filter (where b.weight is not null), 0) as suppressed_count,
        count(*) filter (where b.weight is not null and s.denominator <> 0) as peopled_strata_count
    from {{ ref('int_metric__cells') }} as s
    left join band as b on (s.definition_id, s.age_band) = (b.definition_id, b.age_band) and s.sex in ('female', 'male')
    where s.method in ('dsr', 'dsr_repeat')
    group by {{ figure_columns('s') }}
)

select
    {{ figure_columns('s') }},
    s.numerator,
    s.denominator,
    s.suppressed_count,
    d95.value,
    d95.lower as lower_95,
    d95.upper as upper_95,
    d998.lower as lower_998,
    d998.upper as upper_998,
    null::double precision as nominal_value,
    case
        when s.peopled_strata_count < e.strata_count
            then
                'no registered patients in ' || e.strata_count - s.peopled_strata_count || ' of the '
                || e.strata_count || ' age-sex bands'
        when s.numerator < 10 then 'fewer than 10 events'
    end as reason
from figure as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
inner join standard as e on s.definition_id = e.definition_id
cross join lateral (values (case when s.peopled_strata_count = e.strata_count then s.x end)) as c (x)
cross join lateral stat.dsr_squares(c.x, s.q, s.n, s.w, m.multiplier, 0.95) as d95
cross join lateral stat.dsr_squares(c.x, s.q, s.n, s.w, m.multiplier, 0.998) as d998
