-- Grain: site x period x measure (the whole site: practice '', sex and age band 'all'). suppressed_count: lines
-- whose part in the measure was withheld.
select
    l.site_code,
    '' as practice_code,
    l.period,
    'all' as sex,
    'all' as age_band,
    m.measure_code,
    count(*) filter (where m.is_suppressed) as suppressed_count,
    sum(m.quantity) as quantity
from {{ ref('int_inputs__lines') }} as l
cross join
    lateral (
        values
        ('input_hours', coalesce(l.hours, 0), l.is_hours_suppressed),
        ('input_cost_nominal_gbp', coalesce(l.nominal_gbp, 0), l.is_value_suppressed),
        ('input_cost_real_gbp', coalesce(l.real_gbp, 0), l.is_value_suppressed),
        (
            'input_in_kind_real_gbp',
            case when l.funding_source = 'in_kind' then coalesce(l.real_gbp, 0) else 0 end,
            l.funding_source = 'in_kind' and l.is_value_suppressed
        ),
        ('input_lines_not_valued', l.is_not_valued::integer, false)
    ) as m (measure_code, quantity, is_suppressed)
where {{ in_months('l.period') }}
group by l.site_code, l.period, m.measure_code
