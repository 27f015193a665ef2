-- Grain: site x funding source of cash: what was awarded and what was spent of it.
{{ config(meta={'own_site': 'site_code'}) }}
select
    site_code::text as site_code,
    awards_count::integer as awards_count,
    first_period::date as first_period,
    last_period::date as last_period,
    awarded_gbp::double precision as awarded_gbp,
    spent_gbp::double precision as spent_gbp,
    spent_outside_gbp::double precision as spent_outside_gbp,
    remaining_gbp::double precision as remaining_gbp,
    spent_pct::double precision as spent_pct,
    incomplete_months_count::integer as incomplete_months_count,
    sentence::text as sentence,
    replace(funding_source, '_', ' ')::text as funding_source,
    replace(state, '_', ' ')::text as state
from {{ ref('fct_grant') }}
