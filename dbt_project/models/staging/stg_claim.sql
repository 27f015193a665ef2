-- Grain: a public claim in force, bound to a version of a metric.
{{ config(materialized='ephemeral') }}
select
    claim_id,
    claim_code,
    site_code,
    statement,
    source,
    claimed_on,
    quantity,
    metric_code,
    definition_version,
    first_period,
    last_period,
    claimed,
    claimed_before,
    overlap_group,
    because,
    registered_by,
    registered_at
from {{ source('ops', 'current_claim') }}
