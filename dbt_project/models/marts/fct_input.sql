-- Grain: site x period x funding source x cost category: what was put into the programme. spent: in the month;
-- charged: what the month bears, capital being spread over its life, so that there is a row for months in which
-- nothing was bought. Real: at the prices of the month that spends or bears it. Whole: a purchase moves every month
-- of its life.
select
    site_code::text as site_code,
    period::date as period,
    funding_source::text as funding_source,
    cost_category::text as cost_category,
    hours::double precision as hours,
    spent_nominal_gbp::double precision as spent_nominal_gbp,
    capital_nominal_gbp::double precision as capital_nominal_gbp,
    charged_nominal_gbp::double precision as charged_nominal_gbp,
    (not_valued_count + withheld_count)::integer as unknown_lines_count,
    case when funding_source = 'in_kind' then 0 else spent_nominal_gbp end::double precision as cash_nominal_gbp,
    case when funding_source = 'in_kind' then spent_nominal_gbp else 0 end::double precision as in_kind_nominal_gbp,
    (spent_nominal_gbp * real_gbp_per_nominal_gbp)::double precision as spent_real_gbp,
    (charged_nominal_gbp * real_gbp_per_nominal_gbp)::double precision as charged_real_gbp
from {{ ref('int_inputs__charged') }}
