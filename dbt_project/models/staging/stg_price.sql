-- Grain: period. What a pound of the month's financial year is worth in pounds of the base year (index 100).
-- Years that the source has not published yet are read as its last and marked provisional.
select
    p.period,
    p.financial_year,
    d.financial_year as deflator_year,
    d.deflator_index,
    100 / d.deflator_index as real_gbp_per_nominal_gbp,
    d.financial_year <> p.financial_year as is_provisional
from {{ source('ref', 'period') }} as p
cross join lateral (
    select x.financial_year, x.deflator_index
    from {{ source('ref', 'deflator') }} as x
    order by x.financial_year <= p.financial_year desc,
        case when x.financial_year <= p.financial_year then x.financial_year end desc nulls last,
        x.financial_year
    limit 1
) as d
