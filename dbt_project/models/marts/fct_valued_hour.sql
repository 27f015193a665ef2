-- Grain: site x period x staff role: hours put in whose worth is the role's price, and what they are worth. For
-- reckoning inputs again at other prices.
select
    v.site_code::text as site_code,
    v.period::date as period,
    v.staff_role::text as staff_role,
    sum(v.hours)::double precision as hours,
    round(sum(v.nominal_gbp * p.real_gbp_per_nominal_gbp)::numeric, 4)::double precision as real_gbp
from {{ ref('int_inputs__valued') }} as v
inner join {{ ref('stg_price') }} as p on v.period = p.period
where v.is_hourly
group by v.site_code, v.period, v.staff_role
