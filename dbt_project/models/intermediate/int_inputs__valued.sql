-- Grain: ledger line. What it is worth in pounds of its month: its amount, else its hours at the price of the role. A
-- correction has the role, and the price, of the line it corrects (origin_period: that line's month, else its own),
-- and is capital if that line is. One of hours alone moves no money where that line has an amount. A line with
-- neither amount nor priced hours is not valued; one whose amount was withheld, or whose hours were where there is no
-- amount, has a value that we do not know. is_hourly: it is worth its hours at that price. life_months: of capital, the
-- months over which it is spread from origin_period on.
{{ config(materialized='view') }}
with placed as (
    select
        l.site_code,
        l.period,
        l.line_id,
        l.cost_category,
        l.funding_source,
        l.hours,
        l.amount_gbp,
        l.is_hours_suppressed,
        l.is_amount_suppressed,
        l.basis = 'estimate' as is_estimate,
        l.correction_of is not null and o.origin_line_id is null as is_unknown_correction,
        coalesce(o.origin_period, l.period) as origin_period,
        coalesce(l.staff_role, f.staff_role) as staff_role,
        coalesce(f.cost_category, l.cost_category) as origin_category,
        case when o.origin_line_id is null then l.amount_gbp else f.amount_gbp end as origin_gbp,
        l.amount_gbp is null
        and not l.is_amount_suppressed
        and (l.hours is not null or l.is_hours_suppressed)
        and (f.amount_gbp is not null or coalesce(f.is_amount_suppressed, false)) as is_of_hours_alone
    from {{ ref('int_inputs__lines') }} as l
    left join {{ ref('int_inputs__origin') }} as o
        on (l.site_code, l.period, l.line_id) = (o.site_code, o.period, o.line_id)
    left join {{ ref('int_inputs__lines') }} as f
        on (o.site_code, o.origin_period, o.origin_line_id) = (f.site_code, f.period, f.line_id)
),

valued as (
    select
        p.*,
        a.life_months,
        case
            when p.amount_gbp is not null then p.amount_gbp
            when p.is_amount_suppressed then null
            when p.is_of_hours_alone then 0
            else p.hours::numeric * c.gbp_per_hour::numeric
        end as nominal_gbp,
        p.is_amount_suppressed
        or (p.amount_gbp is null and p.is_hours_suppressed and not p.is_of_hours_alone) as is_value_suppressed
    from placed as p
    left join {{ ref('stg_hourly_cost') }} as c on (p.staff_role, p.origin_period) = (c.staff_role, c.period)
    left join {{ ref('stg_asset_life') }} as a
        on (p.origin_category, p.origin_period) = (a.cost_category, a.period) and p.origin_gbp >= a.from_gbp
)

select
    site_code,
    period,
    origin_period,
    line_id,
    cost_category,
    funding_source,
    staff_role,
    hours,
    nominal_gbp,
    life_months,
    is_estimate,
    is_hours_suppressed,
    is_value_suppressed,
    is_unknown_correction,
    nominal_gbp is null and not is_value_suppressed as is_not_valued,
    amount_gbp is null and not is_of_hours_alone and nominal_gbp is not null as is_hourly
from valued
