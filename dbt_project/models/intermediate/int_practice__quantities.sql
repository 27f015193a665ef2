-- Grain: site x practice x period x measure (practice '': the whole site). What was counted, of all ages and both
-- sexes: the measures that figures with a sensitivity band are made of.
with measure as (
    select unnest(array[numerator_measure, denominator_measure]) as measure_code
    from {{ ref('stg_metric') }}
    where method <> 'count_share'
)

select
    site_code,
    practice_code,
    period,
    measure_code,
    sum(quantity) as quantity
from {{ ref('int_measure__cells') }}
where {{ in_months() }} and measure_code in (select m.measure_code from measure as m)
group by site_code, practice_code, period, measure_code
