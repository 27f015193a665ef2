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
    site_code,
    practice_code,
    period,
    'all' as sex,
    'all' as age_band,
    'prescribing' as service,
    'prescribing' as item,
    false as is_frail,
    sum(quantity) filter (where measure_code = 'prescription_items') as activity_count,
    sum(quantity) filter (where measure_code = 'prescribing_cost_nominal_gbp') as nominal_gbp,
    sum(quantity) filter (where measure_code = 'prescribing_cost_real_gbp') as real_gbp,
    sum(suppressed_count) filter (where measure_code = 'prescribing_cost_nominal_gbp')::bigint as suppressed_count,
    coalesce(sum(suppressed_count) filter (where measure_code = 'prescription_items'), 0)::bigint
        as activity_suppressed_count
from counted
where measure_code in ('prescription_items', 'prescribing_cost_nominal_gbp', 'prescribing_cost_real_gbp')
group by site_code, practice_code, period
having bool_or(measure_code = 'prescribing_cost_nominal_gbp')
