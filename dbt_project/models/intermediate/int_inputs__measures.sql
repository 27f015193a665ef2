-- Grain: site x period x measure (the whole site: practice '', sex and age band 'all'). Costs are what the month
-- bears (charged). suppressed_count: lines whose part in the measure is not known, because it was withheld or has no
-- value.
{{ config(months_var='window_months') }}
select
    c.site_code,
    '' as practice_code,
    c.period,
    'all' as sex,
    'all' as age_band,
    m.measure_code,
    sum(m.suppressed_count)::bigint as suppressed_count,
    sum(m.quantity) as quantity
from {{ ref('int_inputs__charged') }} as c
cross join lateral (
    values
    (c.withheld_count + c.not_valued_count, c.charged_nominal_gbp * c.real_gbp_per_nominal_gbp)
) as cost (unknown_count, real_gbp)
cross join lateral (
    values
    ('input_hours', c.hours, c.hours_withheld_count),
    ('input_cost_nominal_gbp', c.charged_nominal_gbp, cost.unknown_count),
    ('input_cost_real_gbp', cost.real_gbp, cost.unknown_count),
    (
        'input_in_kind_real_gbp',
        case when c.funding_source = 'in_kind' then cost.real_gbp else 0 end,
        case when c.funding_source = 'in_kind' then cost.unknown_count else 0 end
    ),
    ('input_lines_not_valued', c.not_valued_count, 0)
) as m (measure_code, quantity, suppressed_count)
where {{ in_months('c.period', 'window_months') }}
group by c.site_code, c.period, m.measure_code
