-- Grain: estimate x diagnostic, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.outcome,
    e.method,
    e.area_type,
    e.area_code,
    e.diagnostic,
    e.is_passed,
    e.statistic,
    e.p_value,
    e.finding
from {{ source('eval', 'diagnostic') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
