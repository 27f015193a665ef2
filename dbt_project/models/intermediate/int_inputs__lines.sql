-- Grain: ledger line. What a line is worth: its amount, else its hours at the price of the role; nominal and
-- in pounds of the deflator's base year. A line with neither amount nor priced hours is not valued.
{{ config(materialized='view') }}
select
    l.*,
    coalesce(l.amount_gbp, l.hours * c.gbp_per_hour)::double precision as nominal_gbp,
    (coalesce(l.amount_gbp, l.hours * c.gbp_per_hour) * p.real_gbp_per_nominal_gbp)::double precision as real_gbp,
    coalesce(l.amount_gbp, l.hours * c.gbp_per_hour) is null as is_not_valued
from {{ ref('stg_programme_inputs') }} as l
inner join {{ ref('stg_price') }} as p using (period)
left join {{ ref('stg_hourly_cost') }} as c using (staff_role, period)
