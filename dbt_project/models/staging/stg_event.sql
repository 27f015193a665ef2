-- Grain: outcome x area x month before or since going live, of the newest evaluation.
{{ config(materialized='ephemeral') }}
select
    e.outcome,
    e.area_type,
    e.area_code,
    e.relative_month,
    e.sites_count,
    e.effect_pct,
    e.effect_lower_95,
    e.effect_upper_95
from {{ source('eval', 'event') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
