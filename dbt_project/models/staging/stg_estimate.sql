-- Grain: outcome x method x area (site, wave, region, programme 'all'), of the newest evaluation: the effect on it.
{{ config(materialized='ephemeral') }}
select
    e.outcome,
    e.method,
    e.area_type,
    e.area_code,
    e.first_period,
    e.last_period,
    e.sites_count,
    e.site_months_count,
    e.covered_pct,
    e.effect_pct,
    e.effect_lower_95,
    e.effect_upper_95,
    e.observed,
    e.expected,
    e.avoided,
    e.avoided_lower_95,
    e.avoided_upper_95,
    e.detectable_effect_pct,
    e.verdict,
    e.reason
from {{ source('eval', 'estimate') }} as e
inner join {{ source('eval', 'current_evaluation') }} as c on e.evaluation_id = c.evaluation_id
