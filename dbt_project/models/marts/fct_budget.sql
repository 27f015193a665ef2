-- Grain: site x period in which it takes part: the unified, capitated budget of the financial year from April to the
-- period, beside what was spent, in pounds of the months. budget = sum of the rate in force x need-weighted
-- person-months; actual = the whole cost. Only months that have both, and in these the same practices. The rule of
-- sharing is that of the period. Who bears what, and what chance does: stat.budget_share, stat.budget_chance.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'site_code'], 'unique': true}]
) }}
with year_to_date as (
    select
        e.site_code,
        e.period,
        count(*) as months_expected_count,
        count(*) filter (where m.has_both) as months_count,
        sum(m.need_weighted_person_months) filter (where m.has_both) as need_weighted_person_months,
        sum(m.budget_gbp) as budget_gbp,
        sum(m.actual_gbp) as actual_gbp,
        sum(m.budget_gbp) - sum(m.actual_gbp) as surplus_gbp
    from {{ ref('int_cost__budget') }} as e
    inner join {{ ref('int_cost__budget') }} as m
        on
            e.site_code = m.site_code
            and m.period between {{ financial_year_start('e.period') }} + interval '3 months' and e.period
    where {{ in_months('e.period', 'window_months') }}
    group by e.site_code, e.period
),

reckoned as (
    select
        y.*,
        e.gbp_per_weighted_person_month,
        s.excess as excess_gbp,
        s.site_share as site_share_gbp,
        s.commissioner_share as commissioner_share_gbp,
        c.sd as sd_gbp,
        c.probability as probability_by_chance,
        c.detectable_pct,
        100 * y.surplus_gbp / y.budget_gbp as surplus_pct,
        case when y.surplus_gbp < 0 then 'deficit' else 'surplus' end as direction,
        case
            when y.months_count > 0 then 'received'
            when e.gbp_per_weighted_person_month is null then 'not_applicable'
            when {{ stands('e') }} then 'below_minimum'
            else e.state
        end as state,
        case
            when y.months_count = 0 and e.gbp_per_weighted_person_month is null then 'no budget is declared for it'
            when y.months_count = 0
                then 'no month since April has its whole cost' || coalesce(': ' || e.reason, '')
            when y.months_count < y.months_expected_count
                then
                    y.months_count || ' of ' || y.months_expected_count
                    || ' months since April have both a budget and their whole cost'
        end as reason
    from year_to_date as y
    inner join {{ ref('int_cost__budget') }} as e on y.site_code = e.site_code and y.period = e.period
    left join {{ ref('int_cost__chance') }} as x on y.site_code = x.site_code and y.period = x.period
    cross join
        lateral stat.budget_share(
            y.surplus_gbp,
            y.budget_gbp,
            e.corridor_pct,
            e.gain_share_pct,
            e.loss_share_pct,
            e.cap_pct,
            e.collar_pct
        ) as s
    cross join
        lateral stat.budget_chance(
            y.surplus_gbp, y.budget_gbp, x.prices, x.events, x.phis, x.other_variance
        ) as c
)

select
    r.site_code::text as site_code,
    r.period::date as period,
    r.state::text as state,
    r.reason::text as reason,
    r.months_count::integer as months_count,
    r.months_expected_count::integer as months_expected_count,
    r.gbp_per_weighted_person_month::double precision as gbp_per_weighted_person_month,
    r.need_weighted_person_months::double precision as need_weighted_person_months,
    r.budget_gbp::double precision as budget_gbp,
    r.actual_gbp::double precision as actual_gbp,
    r.surplus_gbp::double precision as surplus_gbp,
    r.surplus_pct::double precision as surplus_pct,
    r.excess_gbp::double precision as excess_gbp,
    r.site_share_gbp::double precision as site_share_gbp,
    r.commissioner_share_gbp::double precision as commissioner_share_gbp,
    r.sd_gbp::double precision as sd_gbp,
    r.probability_by_chance::double precision as probability_by_chance,
    r.detectable_pct::double precision as detectable_pct,
    case
        when r.months_count > 0 then {{ budget_sentence('r') }}
        else upper(left(r.reason, 1)) || substr(r.reason, 2) || '.'
    end::text as sentence
from reckoned as r
