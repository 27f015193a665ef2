-- Grain: estimate x period, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.outcome,
    e.method,
    e.area_type,
    e.area_code,
    e.period,
    e.observed,
    e.expected,
    e.lower_95,
    e.upper_95
from {{ source('eval', 'course') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
