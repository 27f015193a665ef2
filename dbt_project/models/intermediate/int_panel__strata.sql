-- Grain: outcome of the evaluation x site x period x sex x age band ('all' x 'all' where sex and age stay in). Events,
-- population and registered patients of the practices that the outcome's metric includes, so that they are of the same
-- people. Exact numbers: what is added up of them must not depend on the order of the rows.
{{ config(months_var='window_months') }}
with wanted as (
    select
        o.outcome,
        o.definition_id,
        o.is_standardised,
        t.term,
        t.measure_code
    from {{ ref('stg_outcome') }} as o
    cross join
        lateral (
            values
            ('events', o.events_measure), ('population', o.population_measure), ('person_months', 'person_months')
        ) as t (term, measure_code)
)

select
    w.outcome,
    c.site_code,
    c.period,
    s.sex,
    s.age_band,
    {% for term in ['events', 'population', 'person_months'] -%}
        coalesce(round(sum(c.quantity) filter (where w.term = '{{ term }}')::numeric, 4), 0) as {{ term }},
    {% endfor -%}
    sum(c.suppressed_count) filter (where w.term <> 'person_months')::bigint as suppressed_count
from {{ ref('int_measure__cells') }} as c
inner join wanted as w on c.measure_code = w.measure_code
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (w.definition_id, c.site_code, c.practice_code, c.period)
        = (i.definition_id, i.site_code, i.practice_code, i.period)
cross join
    lateral (
        values (
            case when w.is_standardised then c.sex else 'all' end,
            case when w.is_standardised then c.age_band else 'all' end
        )
    ) as s (sex, age_band)
where {{ in_months('c.period', 'window_months') }} and {{ in_months('i.period', 'window_months') }}
group by w.outcome, c.site_code, c.period, s.sex, s.age_band
