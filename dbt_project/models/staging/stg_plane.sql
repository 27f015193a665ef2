-- Grain: area x draw, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.area_type,
    e.area_code,
    e.draw,
    e.net_cost_gbp_per_1000,
    e.avoided_per_1000
from {{ source('eval', 'plane') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
