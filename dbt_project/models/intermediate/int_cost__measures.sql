-- Grain: site x practice x period x sex x age band x measure; practice '' is the whole site. What activity costs at
-- unit prices (emergency: by sex and age band; of frail people: by severity), and the total cost: activity, prescribing
-- and inputs of the programme, all ages together. The total is of what is there: a metric made of it needs all feeds
-- it is made of. Contacts that the programme's inputs paid for are in it twice: a ledger does not tell.
with counted as (
    select
        site_code,
        practice_code,
        period,
        sex,
        age_band,
        measure_code,
        quantity,
        suppressed_count
    from {{ ref('int_hospital__measures') }}
    where {{ in_months() }}
    {% for topic in ['appointments', 'interventions', 'prescribing', 'inputs'] %}
        union all
        select
            site_code,
            practice_code,
            period,
            sex,
            age_band,
            measure_code,
            quantity,
            suppressed_count
        from {{ ref('int_' ~ topic ~ '__measures') }}
        where {{ in_months() }}
    {% endfor %}
),

price as materialized (
    select
        u.period,
        u.part,
        u.nominal_gbp,
        f.measure_code,
        f.is_frail
    from {{ ref('stg_unit_cost') }} as u
    cross join
        lateral (
            values (u.measure_code, false), (u.measure_code || '_frail', true)
        ) as f (measure_code, is_frail)
    where {{ in_months('u.period') }}
),

cost as (
    select
        c.site_code,
        c.practice_code,
        c.period,
        c.sex,
        c.age_band,
        c.suppressed_count,
        u.part,
        c.quantity * u.nominal_gbp as nominal_gbp,
        u.is_frail
    from counted as c
    inner join price as u on (c.measure_code, c.period) = (u.measure_code, u.period)
    union all
    select
        site_code,
        practice_code,
        period,
        sex,
        age_band,
        suppressed_count,
        'paid' as part,
        quantity as nominal_gbp,
        false as is_frail
    from counted
    where measure_code in ('prescribing_cost_nominal_gbp', 'input_cost_nominal_gbp')
)

select
    c.site_code,
    c.practice_code,
    c.period,
    a.sex,
    a.age_band,
    a.cost || v.money as measure_code,
    sum(c.suppressed_count)::bigint as suppressed_count,
    sum(c.nominal_gbp * v.rate)::double precision as quantity
from cost as c
inner join {{ ref('stg_price') }} as p on c.period = p.period
cross join
    lateral (
        values
        ('total_cost', 'all', 'all', not c.is_frail),
        ('activity_cost', 'all', 'all', not c.is_frail and c.part <> 'paid'),
        ('emergency_activity_cost', c.sex, c.age_band, not c.is_frail and c.part = 'emergency_hospital'),
        ('emergency_activity_cost_frail', c.sex, c.age_band, c.is_frail)
    ) as a (cost, sex, age_band, is_of)
cross join
    lateral (values ('_nominal_gbp', 1), ('_real_gbp', p.real_gbp_per_nominal_gbp)) as v (money, rate)
where a.is_of
group by c.site_code, c.practice_code, c.period, a.sex, a.age_band, a.cost, v.money
