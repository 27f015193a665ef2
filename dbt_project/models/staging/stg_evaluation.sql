-- Grain: the newest evaluation; no row until there was one.
{{ config(materialized='ephemeral') }}
select
    first_period,
    last_period,
    panel_sha256,
    code_version,
    settings,
    seed,
    run_by,
    because,
    finished_at
from {{ source('eval', 'current_evaluation') }}
