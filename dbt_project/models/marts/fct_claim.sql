-- Grain: a public claim in force, beside what the newest evaluation says of it. One that was registered since is not
-- yet testable.
{{ config(materialized='view', tags=['worth']) }}
select
    c.claim_code::text as claim_code,
    c.statement,
    c.source::text as source,
    c.claimed_on::date as claimed_on,
    c.quantity::text as quantity,
    c.metric_code::text as metric_code,
    c.definition_version::integer as definition_version,
    c.first_period::date as first_period,
    c.last_period::date as last_period,
    c.claimed::double precision as claimed,
    c.claimed_before::double precision as claimed_before,
    c.overlap_group::text as overlap_group,
    r.method::text as method,
    r.estimate::double precision as estimate,
    r.lower_95::double precision as lower_95,
    r.upper_95::double precision as upper_95,
    r.share_of_group_pct::double precision as share_of_group_pct,
    c.because::text as because,
    c.registered_by::text as registered_by,
    case when c.site_code is null then 'programme' else 'site' end::text as area_type,
    coalesce(c.site_code, 'all')::text as area_code,
    coalesce(s.site_name, 'the programme')::text as area_name,
    coalesce(r.status, 'not_yet_testable')::text as status,
    coalesce(r.finding, 'No evaluation has looked at it yet: the next one does.')::text as finding
from {{ ref('stg_claim') }} as c
left join {{ ref('stg_claim_result') }} as r on c.claim_id = r.claim_id
left join {{ ref('dim_site') }} as s on c.site_code = s.site_code
