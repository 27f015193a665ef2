-- Grain: site x practice x period x sex x age band x item, of all people or of frail ones (is_frail: age band
-- frail_moderate or frail_severe, who are in the others, too). What was used and what it cost, nominal and in pounds of
-- the base year: activity that has a unit price, and prescribing, counted in items and at the price paid.
-- activity_suppressed_count: of withheld counts, where the money is known all the same.
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
    {% for topic in ['appointments', 'interventions', 'prescribing'] %}
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
        f.measure_code,
        f.is_frail,
        u.nominal_gbp * p.real_gbp_per_nominal_gbp as real_gbp
    from {{ ref('stg_unit_cost') }} as u
    inner join {{ ref('stg_price') }} as p on u.period = p.period
    cross join
        lateral (
            values (u.measure_code, false), (u.measure_code || '_frail', true)
        ) as f (measure_code, is_frail)
    where {{ in_months('u.period') }}
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
    n.site_code,
    n.practice_code,
    n.period,
    n.sex,
    n.age_band,
    'prescribing' as service,
    'prescribing' as item,
    false as is_frail,
    i.quantity as activity_count,
    n.quantity as nominal_gbp,
    r.quantity as real_gbp,
    n.suppressed_count,
    coalesce(i.suppressed_count, 0) as activity_suppressed_count
from counted as n
inner join counted as r
    on
        (n.site_code, n.practice_code, n.period, n.sex, n.age_band)
        = (r.site_code, r.practice_code, r.period, r.sex, r.age_band)
        and r.measure_code = 'prescribing_cost_real_gbp'
left join counted as i
    on
        (n.site_code, n.practice_code, n.period, n.sex, n.age_band)
        = (i.site_code, i.practice_code, i.period, i.sex, i.age_band)
        and i.measure_code = 'prescription_items'
where n.measure_code = 'prescribing_cost_nominal_gbp'
