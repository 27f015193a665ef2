-- Grain: site x practice x period x sex x age band x item: every cost of the marts is a sum of these. Activity and
-- prescribing; and what a month bears of the programme's inputs, which have money only and are of the whole site.
-- Contacts that the inputs paid for are in both: a ledger does not tell.
{{ config(materialized='view') }}
select
    site_code,
    practice_code,
    period,
    sex,
    age_band,
    service,
    item,
    is_frail,
    activity_count,
    nominal_gbp,
    real_gbp,
    suppressed_count,
    activity_suppressed_count
from {{ ref('int_cost__activity') }}
union all
select
    n.site_code,
    n.practice_code,
    n.period,
    n.sex,
    n.age_band,
    'programme_inputs' as service,
    'programme_inputs' as item,
    false as is_frail,
    null as activity_count,
    n.quantity as nominal_gbp,
    r.quantity as real_gbp,
    n.suppressed_count,
    0 as activity_suppressed_count
from {{ ref('int_inputs__measures') }} as n
inner join {{ ref('int_inputs__measures') }} as r
    on
        (n.site_code, n.practice_code, n.period, n.sex, n.age_band)
        = (r.site_code, r.practice_code, r.period, r.sex, r.age_band)
where n.measure_code = 'input_cost_nominal_gbp' and r.measure_code = 'input_cost_real_gbp'
