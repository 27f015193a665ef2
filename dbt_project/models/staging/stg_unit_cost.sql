-- Grain: measure of activity x period. What one event costs in pounds of the month, uprated by the deflator from the
-- year the price was set for (as stg_hourly_cost); part: which part of the whole cost it is. Prices are national: a
-- cost made of them moves with activity and not with what a site paid.
with in_force as (
    {{ dated_by_month(source('ref', 'unit_cost'), ['measure_code']) }}
)

select
    c.measure_code,
    c.period,
    c.part,
    c.source,
    (c.gbp * p.deflator_index / set_in.deflator_index)::double precision as nominal_gbp
from in_force as c
inner join {{ ref('stg_price') }} as p on c.period = p.period
inner join {{ source('ref', 'deflator') }} as set_in
    on
        set_in.financial_year
        = to_char(c.valid_from - interval '3 months', 'YYYY') || '/'
        || to_char(c.valid_from + interval '9 months', 'YY')
