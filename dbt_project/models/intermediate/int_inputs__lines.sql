-- Grain: ledger line. What a line is worth: its amount, else its hours at the price of the role; nominal and
-- in pounds of the deflator's base year. A line with neither amount nor priced hours is not valued; a line
-- whose amount was withheld, or whose hours were where there is no amount, has a value that we do not know.
{{ config(materialized='view') }}
with valued as (
    select
        l.site_code,
        l.practice_code,
        l.period,
        l.line_id,
        l.funding_source,
        l.staff_role,
        l.hours,
        l.amount_gbp,
        l.is_hours_suppressed,
        p.real_gbp_per_nominal_gbp,
        l.is_amount_suppressed or (l.amount_gbp is null and l.is_hours_suppressed) as is_value_suppressed,
        coalesce(l.amount_gbp, case when not l.is_amount_suppressed then l.hours * c.gbp_per_hour end) as gbp
    from {{ ref('stg_programme_inputs') }} as l
    inner join {{ ref('stg_price') }} as p on l.period = p.period
    left join {{ ref('stg_hourly_cost') }} as c on l.staff_role = c.staff_role and l.period = c.period
)

select
    site_code,
    practice_code,
    period,
    line_id,
    funding_source,
    staff_role,
    hours,
    amount_gbp,
    is_hours_suppressed,
    is_value_suppressed,
    gbp::double precision as nominal_gbp,
    (gbp * real_gbp_per_nominal_gbp)::double precision as real_gbp,
    gbp is null and not is_value_suppressed as is_not_valued
from valued
