-- Grain: staff role x period. What an hour of staff time is worth in pounds of the month, uprated by the
-- deflator from the year the price was set for.
select
    c.staff_role,
    p.period,
    c.gbp_per_hour * p.deflator_index / b.deflator_index as gbp_per_hour,
    c.source
from {{ ref('stg_price') }} as p
cross join (select distinct staff_role from {{ source('ref', 'hourly_cost') }}) as r
cross join lateral (
    select x.staff_role, x.valid_from, x.gbp_per_hour, x.source
    from {{ source('ref', 'hourly_cost') }} as x
    where x.staff_role = r.staff_role
    order by x.valid_from <= p.period desc,
        case when x.valid_from <= p.period then x.valid_from end desc nulls last,
        x.valid_from
    limit 1
) as c
cross join lateral (
    select x.deflator_index
    from {{ source('ref', 'deflator') }} as x
    where
        x.financial_year
        <= to_char(c.valid_from - interval '3 months', 'YYYY') || '/'
        || to_char(c.valid_from + interval '9 months', 'YY')
    order by x.financial_year desc
    limit 1
) as b
