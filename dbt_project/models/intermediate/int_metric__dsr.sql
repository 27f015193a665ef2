-- Grain: figure (version of a metric x area x slice x period x window). Directly standardised rates, 19 bands x 2 sexes
-- from the metric's youngest age on, ESP2013, Dobson limits (stat.dsr_squares; where events come one to a person, their
-- squares are their number). Every stratum of the standard takes part: one without population makes the rate
-- impossible, never its weight shared out. Events of unknown sex or age cannot be standardised.
{{ config(materialized='ephemeral') }}
with figure as (
    select distinct
        {{ figure_columns('s') }}
    from {{ ref('int_metric__cells') }} as s
    where s.method in ('dsr', 'dsr_repeat') and {{ in_months('s.period', 'window_months') }}
),

stratum as (
    select
        {{ figure_columns('f') }},
        array_agg(coalesce(s.numerator, 0)) as x,
        array_agg(coalesce(s.squares, s.numerator, 0)) as q,
        array_agg(coalesce(s.denominator, 0)) as n,
        array_agg(e.standard_population::double precision) as w,
        sum(coalesce(s.numerator, 0)) as numerator,
        sum(coalesce(s.denominator, 0)) as denominator,
        sum(coalesce(s.suppressed_count, 0)) as suppressed_count,
        count(*) as strata_count,
        count(*) filter (where coalesce(s.denominator, 0) = 0) as empty_strata_count
    from figure as f
    inner join {{ ref('stg_metric') }} as m on f.definition_id = m.definition_id
    inner join {{ ref('stg_standard_population') }} as e on e.age_from >= coalesce(m.age_from, 0)
    cross join (values ('female'), ('male')) as g (sex)
    left join {{ ref('int_metric__cells') }} as s
        on
            (f.definition_id, f.area_type, f.area_code, f.slice_type, f.slice, f.period, f.period_window)
            = (s.definition_id, s.area_type, s.area_code, s.slice_type, s.slice, s.period, s.period_window)
            and (e.age_band, g.sex) = (s.age_band, s.sex)
            and {{ in_months('s.period', 'window_months') }}
    group by {{ figure_columns('f') }}
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
        when s.empty_strata_count > 0
            then
                'no registered patients in ' || s.empty_strata_count || ' of the ' || s.strata_count
                || ' age-sex bands'
        when s.numerator < 10 then 'fewer than 10 events'
    end as reason
from stratum as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join lateral stat.dsr_squares(s.x, s.q, s.n, s.w, m.multiplier, 0.95) as d95
cross join lateral stat.dsr_squares(s.x, s.q, s.n, s.w, m.multiplier, 0.998) as d998
