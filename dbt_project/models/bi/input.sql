-- Grain: site x month x funding source x cost category: what was put into the programme. Money and working time are
-- not counts of patients: shown as they are.
{{ config(meta={'own_site': 'site_code'}) }}
select
    site_code::text as site_code,
    period::date as period,
    cost_category::text as cost_category,
    hours::double precision as hours,
    unknown_lines_count::integer as unknown_lines_count,
    cash_nominal_gbp::double precision as cash_nominal_gbp,
    in_kind_nominal_gbp::double precision as in_kind_nominal_gbp,
    spent_nominal_gbp::double precision as spent_nominal_gbp,
    spent_real_gbp::double precision as spent_real_gbp,
    capital_nominal_gbp::double precision as capital_nominal_gbp,
    charged_nominal_gbp::double precision as charged_nominal_gbp,
    charged_real_gbp::double precision as charged_real_gbp,
    replace(funding_source, '_', ' ')::text as funding_source
from {{ ref('fct_input') }}
