-- Grain: site x period: what stat.budget_chance needs to say how much the cost of the financial year to date differs by
-- chance. prices, events: of each kind of activity, in the months that have a budget and a cost. phis: how much its
-- counts differ between the site's own months, of the twelve that end with the period, for their need. other_variance:
-- of money that has no such count (prescribing, inputs), from its differences between these months. Three months at
-- least: no row, no chance.
{{ config(months_var='window_months') }}
with month_item as (
    select
        c.site_code,
        c.period,
        k.item,
        sum(c.activity_count) as events,
        sum(c.nominal_gbp) as nominal_gbp
    from {{ ref('int_cost__cells') }} as c
    cross join
        lateral (
            values (case when c.item in ('prescribing', 'programme_inputs') then 'money' else c.item end)
        ) as k (item)
    where (c.service, c.cohort) = ('total', 'all') and c.item <> '' and {{ in_reach('c.period') }}
    group by c.site_code, c.period, k.item
),

kind as (
    select distinct
        site_code,
        item
    from month_item
),

twelve as (
    select
        e.site_code,
        e.period,
        k.item,
        m.period as of_period,
        m.need_weighted_person_months as need,
        coalesce(i.events, 0) as events,
        coalesce(i.nominal_gbp, 0) as nominal_gbp,
        m.has_both and m.period >= {{ financial_year_start('e.period') }} + interval '3 months' as is_of_year
    from {{ ref('int_cost__budget') }} as e
    inner join {{ ref('int_cost__budget') }} as m
        on
            e.site_code = m.site_code
            and m.period between e.period - interval '11 months' and e.period
            and {{ stands('m') }}
            and m.need_weighted_person_months > 0
    inner join kind as k on e.site_code = k.site_code
    left join month_item as i on (m.site_code, m.period, k.item) = (i.site_code, i.period, i.item)
    where e.gbp_per_weighted_person_month is not null and {{ in_months('e.period', 'window_months') }}
),

rate as (
    select
        *,
        sum(nominal_gbp) over item_year / sum(need) over item_year as gbp_per_need
    from twelve
    window item_year as (partition by site_code, period, item)
),

item as (
    select
        site_code,
        period,
        item,
        sum(events) filter (where is_of_year) as events,
        sum(nominal_gbp) filter (where is_of_year) / nullif(sum(events) filter (where is_of_year), 0) as price,
        stat.dispersion(array_agg(events), array_agg(need)) as phi,
        count(*) filter (where is_of_year) * sum(power(nominal_gbp - need * gbp_per_need, 2)) / (count(*) - 1)
            as money_variance
    from rate
    group by site_code, period, item
    having count(*) >= 3
)

select
    i.site_code,
    i.period,
    coalesce(array_agg(i.price order by i.item) filter (where k.is_activity), '{}') as prices,
    coalesce(array_agg(i.events order by i.item) filter (where k.is_activity), '{}') as events,
    coalesce(array_agg(i.phi order by i.item) filter (where k.is_activity), '{}') as phis,
    coalesce(sum(i.money_variance) filter (where i.item = 'money'), 0) as other_variance
from item as i
cross join lateral (values (i.item <> 'money' and i.events > 0)) as k (is_activity)
group by i.site_code, i.period
