-- Grain: claim, of the newest evaluation: what it says of it.
{{ config(materialized='ephemeral') }}
select
    e.claim_id,
    e.status,
    e.method,
    e.estimate,
    e.lower_95,
    e.upper_95,
    e.share_of_group_pct,
    e.finding
from {{ source('eval', 'claim_result') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
