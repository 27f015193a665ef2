-- Grain: area (site, region, wave, programme) x period x service, where two years can be compared, month by month
-- (int_cost__two_years). How the real cost per patient and month changed from the twelve months before, and why. With,
-- of a year: n = need-weighted / all person-months; per item of activity u = activity / need-weighted person-months and
-- p = real cost / activity; d: this year less the year before; bar: mean of the two; real cost per patient month = n x
-- sum of u p:
--     need    dn x mean of sum of u p           older or younger patients, at unchanged use for their need
--     volume  sum of n-bar x du x p-bar         more or less use for the same need
--     price   sum of n-bar x u-bar x dp         what a unit cost in pounds of the base year
-- d(xy) = dx y-bar + x-bar dy, used twice: exact, and the same read backwards (the mid-point weights of Marshall and
-- Edgeworth). Unit prices are uprated by the deflator, so activity has a price part only where a new price was set;
-- prescribing, by what was paid for an item. Money without activity in one of the years (inputs have none in either)
-- has the pound as its unit: all volume. inflation: the nominal change less the real one.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', pre_hook='{{ start_anew() }}',
    indexes=[{'columns': ['area_type', 'area_code', 'service', 'period'], 'unique': true}, {'columns': ['period']}]
) }}
with people as (
    select
        *,
        need_weighted_person_months_1 / person_months_1 as n1,
        need_weighted_person_months_0 / person_months_0 as n0
    from {{ ref('int_cost__two_years') }}
    where
        item = ''
        and need_weighted_person_months_1 > 0
        and need_weighted_person_months_0 > 0
        and {{ from_first_month() }}
),

used as (
    select
        i.area_type,
        i.area_code,
        i.period,
        i.service,
        h.n1,
        h.n0,
        i.real_gbp_1 / h.person_months_1 as real_1,
        i.real_gbp_0 / h.person_months_0 as real_0,
        i.nominal_gbp_1 / h.person_months_1 - i.nominal_gbp_0 / h.person_months_0 as nominal_change,
        q.units_1 / h.need_weighted_person_months_1 as u1,
        q.units_0 / h.need_weighted_person_months_0 as u0,
        coalesce(i.real_gbp_1 / nullif(q.units_1, 0), 1) as p1,
        coalesce(i.real_gbp_0 / nullif(q.units_0, 0), 1) as p0
    from {{ ref('int_cost__two_years') }} as i
    inner join people as h
        on (i.area_type, i.area_code, i.period, i.service) = (h.area_type, h.area_code, h.period, h.service)
    cross join
        lateral (
            values (i.activity_count_1 > 0 and i.activity_count_0 > 0 and i.activity_suppressed_count = 0)
        ) as k (is_counted)
    cross join
        lateral (
            values (
                case when k.is_counted then i.activity_count_1 else i.real_gbp_1 end,
                case when k.is_counted then i.activity_count_0 else i.real_gbp_0 end
            )
        ) as q (units_1, units_0)
    where i.item <> '' and {{ from_first_month('i.period') }}
),

parts as (
    select
        area_type,
        area_code,
        period,
        service,
        sum(nominal_change) as nominal_change,
        sum(real_1) as real_1,
        sum(real_0) as real_0,
        sum((n1 - n0) * (u1 * p1 + u0 * p0) / 2) as need,
        sum((n1 + n0) / 2 * (u1 - u0) * (p1 + p0) / 2) as volume,
        sum((n1 + n0) / 2 * (u1 + u0) / 2 * (p1 - p0)) as price
    from used
    group by area_type, area_code, period, service
)

select
    h.area_type::text as area_type,
    h.area_code::text as area_code,
    h.period::date as period,
    h.service::text as service,
    h.sites_count::integer as sites_count,
    h.months_count::integer as months_count,
    h.person_months_1::double precision as person_months,
    h.person_months_0::double precision as person_months_before,
    coalesce(c.real_1, 0)::double precision as real_gbp_per_person_month,
    coalesce(c.real_0, 0)::double precision as real_gbp_per_person_month_before,
    coalesce(c.real_1 - c.real_0, 0)::double precision as real_change_gbp,
    coalesce(c.need, 0)::double precision as need_gbp,
    coalesce(c.volume, 0)::double precision as volume_gbp,
    coalesce(c.price, 0)::double precision as price_gbp,
    coalesce(c.nominal_change, 0)::double precision as nominal_change_gbp,
    coalesce(c.nominal_change - (c.real_1 - c.real_0), 0)::double precision as inflation_gbp
from people as h
left join parts as c
    on (h.area_type, h.area_code, h.period, h.service) = (c.area_type, c.area_code, c.period, c.service)
