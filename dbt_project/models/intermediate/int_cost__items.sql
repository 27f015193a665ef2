-- Grain: site x practice x period x sex x age band x item, of all people or of frail ones (is_frail: age band
-- frail_moderate or frail_severe, who are in the others, too). What was used and what it cost, nominal and in pounds of
-- the base year; every cost in the marts is a sum of these. Items: activity that has a unit price; prescribing, counted
-- in items and at the price paid; inputs of the programme, which have money only. Contacts that the programme's
-- inputs paid for are in both: a ledger does not tell. activity_suppressed_count: of withheld counts, where the money
-- is known all the same.
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
        u.measure_code as item,
        u.nominal_gbp,
        u.nominal_gbp * p.real_gbp_per_nominal_gbp as real_gbp,
        f.measure_code,
        f.is_frail
    from {{ ref('stg_unit_cost') }} as u
    inner join {{ ref('stg_price') }} as p on u.period = p.period
    cross join
        lateral (
            values (u.measure_code, false), (u.measure_code || '_frail', true)
        ) as f (measure_code, is_frail)
    where {{ in_months('u.period') }}
),

part as (
    select
        c.*,
        p.service,
        p.term
    from counted as c
    inner join (
        values
        ('prescription_items', 'prescribing', 'activity'),
        ('prescribing_cost_nominal_gbp', 'prescribing', 'nominal'),
        ('prescribing_cost_real_gbp', 'prescribing', 'real'),
        ('input_cost_nominal_gbp', 'programme_inputs', 'nominal'),
        ('input_cost_real_gbp', 'programme_inputs', 'real')
    ) as p (measure_code, service, term) on c.measure_code = p.measure_code
)

select
    c.site_code,
    c.practice_code,
    c.period,
    c.sex,
    c.age_band,
    u.part as service,
    u.item,
    u.is_frail,
    c.quantity as activity_count,
    c.quantity * u.nominal_gbp as nominal_gbp,
    c.quantity * u.real_gbp as real_gbp,
    c.suppressed_count,
    c.suppressed_count as activity_suppressed_count
from counted as c
inner join price as u on (c.measure_code, c.period) = (u.measure_code, u.period)
union all
select
    site_code,
    practice_code,
    period,
    'all' as sex,
    'all' as age_band,
    service,
    service as item,
    false as is_frail,
    sum(quantity) filter (where term = 'activity') as activity_count,
    coalesce(sum(quantity) filter (where term = 'nominal'), 0) as nominal_gbp,
    coalesce(sum(quantity) filter (where term = 'real'), 0) as real_gbp,
    coalesce(sum(suppressed_count) filter (where term = 'nominal'), 0)::bigint as suppressed_count,
    coalesce(sum(suppressed_count) filter (where term = 'activity'), 0)::bigint as activity_suppressed_count
from part
group by site_code, practice_code, period, service
having count(*) filter (where term = 'nominal') > 0
