-- Grain: area x price put on an admission avoided, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.area_type,
    e.area_code,
    e.gbp_per_admission,
    e.probability
from {{ source('eval', 'acceptability') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
