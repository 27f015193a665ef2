-- Grain: site x practice x period x sex x age band x measure; practice '' is the whole site. What activity costs at
-- unit prices (emergency: by sex and age band; of frail people: by severity), and the total cost: activity, prescribing
-- and inputs of the programme, all ages together. Sums of int_cost__items. The total is of what is there: a metric made
-- of it needs all feeds it is made of. A purchase of one month is borne by many, so these are made again, too.
{{ config(months_var='window_months') }}
select
    c.site_code,
    c.practice_code,
    c.period,
    a.sex,
    a.age_band,
    a.cost || v.money as measure_code,
    sum(c.suppressed_count)::bigint as suppressed_count,
    sum(v.gbp)::double precision as quantity
from {{ ref('int_cost__items') }} as c
cross join
    lateral (
        values
        ('total_cost', 'all', 'all', not c.is_frail),
        (
            'activity_cost', 'all', 'all',
            not c.is_frail and c.service <> 'prescribing' and c.service <> 'programme_inputs'
        ),
        ('valued_cost', 'all', 'all', not c.is_frail and c.service in ('emergency_hospital', 'prescribing')),
        ('emergency_activity_cost', c.sex, c.age_band, not c.is_frail and c.service = 'emergency_hospital'),
        ('emergency_activity_cost_frail', c.sex, c.age_band, c.is_frail and c.service = 'emergency_hospital')
    ) as a (cost, sex, age_band, is_of)
cross join lateral (values ('_nominal_gbp', c.nominal_gbp), ('_real_gbp', c.real_gbp)) as v (money, gbp)
where a.is_of and {{ in_months('c.period', 'window_months') }}
group by c.site_code, c.practice_code, c.period, a.sex, a.age_band, a.cost, v.money
