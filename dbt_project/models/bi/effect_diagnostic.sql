-- Grain: outcome x method x area x diagnostic: what an estimate rests on, and whether that holds. Its statistic is left
-- out: with it, a number of events could be had back.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
select
    outcome::text as outcome,
    method::text as method,
    area_type::text as area_type,
    area_code::text as area_code,
    diagnostic::text as diagnostic,
    is_passed::boolean as is_passed,
    finding::text as finding,
    stat.significant(p_value, 2)::double precision as p_value
from {{ ref('fct_effect_diagnostic') }}
