-- Grain: metric of cost-effectiveness x variant x area, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.metric_code,
    e.variant,
    e.area_type,
    e.area_code,
    e.value,
    e.lower_95,
    e.upper_95,
    e.unit,
    e.numerator,
    e.denominator,
    e.verdict,
    e.reason,
    e.assumptions
from {{ source('eval', 'worth') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
