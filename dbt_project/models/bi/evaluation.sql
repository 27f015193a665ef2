-- Grain: the newest evaluation; no row until there was one.
{{ config(tags=['worth']) }}
select
    first_period::date as first_period,
    last_period::date as last_period,
    panel_sha256::text as panel_sha256,
    code_version::text as code_version,
    settings,
    seed::integer as seed,
    because::text as because,
    finished_at::timestamptz as finished_at
from {{ ref('fct_evaluation') }}
