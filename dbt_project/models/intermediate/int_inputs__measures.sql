-- Grain: site x period x measure (the whole site: practice '', sex and age band 'all'). Costs are what the month bears
-- (charged). suppressed_count: lines whose part in the measure is not known, because it was withheld or has no value.
{{ config(months_var='window_months') }}
with charged as (
    select
        site_code,
        period,
        hours,
        hours_withheld_count,
        not_valued_count,
        charged_nominal_gbp as nominal_gbp,
        charged_nominal_gbp * real_gbp_per_nominal_gbp as real_gbp,
        withheld_count + not_valued_count as unknown_count,
        (funding_source = 'in_kind')::integer as in_kind
    from {{ ref('int_inputs__charged') }}
    where {{ in_months(which='window_months') }}
)

select
    c.site_code,
    '' as practice_code,
    c.period,
    'all' as sex,
    'all' as age_band,
    m.measure_code,
    sum(m.suppressed_count)::bigint as suppressed_count,
    sum(m.quantity)::double precision as quantity
from charged as c
cross join
    lateral (
        values
        ('input_hours', c.hours, c.hours_withheld_count),
        ('input_cost_nominal_gbp', c.nominal_gbp, c.unknown_count),
        ('input_cost_real_gbp', c.real_gbp, c.unknown_count),
        ('input_in_kind_real_gbp', c.in_kind * c.real_gbp, c.in_kind * c.unknown_count),
        ('input_lines_not_valued', c.not_valued_count, 0)
    ) as m (measure_code, quantity, suppressed_count)
group by c.site_code, c.period, m.measure_code
