-- Grain: a public claim in force, and what the newest evaluation says of it.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
select
    claim_code::text as claim_code,
    area_type::text as area_type,
    area_code::text as area_code,
    area_name::text as area_name,
    statement,
    source::text as source,
    claimed_on::date as claimed_on,
    quantity::text as quantity,
    metric_code::text as metric_code,
    definition_version::integer as definition_version,
    first_period::date as first_period,
    last_period::date as last_period,
    claimed::double precision as claimed,
    claimed_before::double precision as claimed_before,
    overlap_group::text as overlap_group,
    status::text as status,
    method::text as method,
    share_of_group_pct::double precision as share_of_group_pct,
    finding::text as finding,
    {{ estimated('estimate', "quantity <> 'admissions_avoided'") }}::double precision as estimate,
    {{ estimated('lower_95', "quantity <> 'admissions_avoided'") }}::double precision as lower_95,
    {{ estimated('upper_95', "quantity <> 'admissions_avoided'") }}::double precision as upper_95
from {{ ref('fct_claim') }}
