-- Grain: cost category that can be capital x period. From what amount on a purchase of the month is spread, and over
-- how many months. Months before the first rule take that one.
with candidate as (
    select
        a.cost_category,
        p.period,
        a.from_gbp,
        a.life_months,
        row_number() over (
            partition by a.cost_category, p.period
            order by (a.valid_from <= p.period) desc, abs(a.valid_from - p.period)
        ) as nearness
    from {{ source('ref', 'asset_life') }} as a
    cross join {{ ref('stg_period') }} as p
)

select
    cost_category,
    period,
    from_gbp,
    life_months
from candidate
where nearness = 1
