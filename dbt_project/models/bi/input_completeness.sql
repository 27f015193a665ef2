-- Grain: site x month of the site's part in the programme. Counts of ledger lines are not of people.
{{ config(meta={'own_site': 'site_code'}) }}
select
    site_code::text as site_code,
    period::date as period,
    return_state::text as return_state,
    lines_count::integer as lines_count,
    not_valued_count::integer as not_valued_count,
    withheld_count::integer as withheld_count,
    unknown_corrections_count::integer as unknown_corrections_count,
    estimate_share_pct::double precision as estimate_share_pct,
    is_complete::boolean as is_complete,
    reason::text as reason,
    complete_months_count::integer as complete_months_count,
    months_count::integer as months_count
from {{ ref('fct_input_completeness') }}
