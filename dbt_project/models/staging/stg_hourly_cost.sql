-- Grain: staff role x period. What an hour of staff time is worth in pounds of the month, uprated by the
-- deflator from the year the price was set for. Months before a role's first price take that price.
with candidate as (
    select
        c.staff_role,
        p.period,
        c.source,
        c.gbp_per_hour * p.deflator_index / set_in.deflator_index as gbp_per_hour,
        row_number() over (
            partition by c.staff_role, p.period
            order by (c.valid_from <= p.period) desc, abs(c.valid_from - p.period)
        ) as nearness
    from {{ source('ref', 'hourly_cost') }} as c
    inner join {{ source('ref', 'deflator') }} as set_in
        on
            set_in.financial_year
            = to_char(c.valid_from - interval '3 months', 'YYYY') || '/'
            || to_char(c.valid_from + interval '9 months', 'YY')
    cross join {{ ref('stg_price') }} as p
)

select
    staff_role,
    period,
    gbp_per_hour::double precision as gbp_per_hour,
    source
from candidate
where nearness = 1
