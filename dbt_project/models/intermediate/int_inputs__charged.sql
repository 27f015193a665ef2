-- Grain: site x period x funding source x cost category: what was spent in the month, and what the month bears
-- (charged): all that is not capital, and an even share of each capital purchase of the months before and its own.
-- Shares are whole pence, and add up to the purchase over its life. A correction of capital is spread over what is
-- left of that life, so that months that are over do not move; after it, the month itself bears it. Nominal pounds of
-- the purchase; real ones are those at the prices of the month that bears them.
{{ config(materialized='table', indexes=[{'columns': ['site_code', 'period']}]) }}
with spread as (
    select
        s.site_code,
        s.funding_source,
        s.cost_category,
        s.nominal_gbp,
        n.month_number,
        l.months_left,
        (s.period + make_interval(months => n.month_number - 1))::date as period
    from {{ ref('int_inputs__spent') }} as s
    cross join
        lateral (
            values (greatest(s.life_months - {{ months_between('s.origin_period', 's.period') }}::integer, 1))
        ) as l (months_left)
    cross join lateral generate_series(1, l.months_left) as n (month_number)
    where s.life_months is not null
),

booked as (
    select
        site_code,
        period,
        funding_source,
        cost_category,
        hours,
        nominal_gbp as spent_gbp,
        case when life_months is not null then nominal_gbp else 0 end as capital_gbp,
        case when life_months is null then nominal_gbp else 0 end as charged_gbp,
        lines_count,
        estimates_count,
        not_valued_count,
        withheld_count,
        hours_withheld_count,
        unknown_corrections_count
    from {{ ref('int_inputs__spent') }}
    union all
    select
        site_code,
        period,
        funding_source,
        cost_category,
        0 as hours,
        0 as spent_gbp,
        0 as capital_gbp,
        case
            when month_number = months_left then nominal_gbp
            else round(nominal_gbp * month_number / months_left, 2)
        end - round(nominal_gbp * (month_number - 1) / months_left, 2) as charged_gbp,
        0 as lines_count,
        0 as estimates_count,
        0 as not_valued_count,
        0 as withheld_count,
        0 as hours_withheld_count,
        0 as unknown_corrections_count
    from spread
)

select
    b.site_code,
    b.period,
    b.funding_source,
    b.cost_category,
    p.real_gbp_per_nominal_gbp,
    sum(b.hours) as hours,
    sum(b.spent_gbp) as spent_nominal_gbp,
    sum(b.capital_gbp) as capital_nominal_gbp,
    sum(b.charged_gbp) as charged_nominal_gbp,
    sum(b.lines_count)::integer as lines_count,
    sum(b.estimates_count)::integer as estimates_count,
    sum(b.not_valued_count)::integer as not_valued_count,
    sum(b.withheld_count)::integer as withheld_count,
    sum(b.hours_withheld_count)::integer as hours_withheld_count,
    sum(b.unknown_corrections_count)::integer as unknown_corrections_count
from booked as b
inner join {{ ref('stg_price') }} as p on b.period = p.period
group by b.site_code, b.period, b.funding_source, b.cost_category, p.real_gbp_per_nominal_gbp
