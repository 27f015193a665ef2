-- Grain: period. What a pound of the month's financial year is worth in pounds of the base year (index 100).
-- Years that the source has not published yet are read as its last and marked provisional.
with candidate as (
    select
        p.period,
        p.financial_year,
        d.financial_year as deflator_year,
        d.deflator_index,
        row_number() over (
            partition by p.period
            order by
                (d.financial_year <= p.financial_year) desc,
                abs(left(d.financial_year, 4)::integer - left(p.financial_year, 4)::integer)
        ) as nearness
    from {{ source('ref', 'period') }} as p
    cross join {{ source('ref', 'deflator') }} as d
)

select
    period,
    financial_year,
    deflator_year,
    deflator_index,
    (100 / deflator_index)::double precision as real_gbp_per_nominal_gbp,
    deflator_year <> financial_year as is_provisional
from candidate
where nearness = 1
