-- Grain: outcome x area x month before (negative) or since going live (0): the effect in that month, to two digits.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
select
    outcome::text as outcome,
    area_type::text as area_type,
    area_code::text as area_code,
    relative_month::integer as relative_month,
    sites_count::integer as sites_count,
    stat.significant(effect_pct, 2)::double precision as effect_pct,
    stat.significant(effect_lower_95, 2)::double precision as effect_lower_95,
    stat.significant(effect_upper_95, 2)::double precision as effect_upper_95
from {{ ref('fct_effect_event') }}
