-- Grain: metric of cost-effectiveness (CE01-CE03) x variant x area: value, verdict, and what it rests on. Admissions to
-- the nearest 5, money to three digits.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
select
    metric_code::text as metric_code,
    variant::text as variant,
    area_type::text as area_type,
    area_code::text as area_code,
    area_name::text as area_name,
    unit::text as unit,
    verdict::text as verdict,
    reason::text as reason,
    assumptions::jsonb as assumptions,
    {% for column in ['value', 'lower_95', 'upper_95'] -%}
        {{ estimated(column, "unit <> 'admissions'") }}::double precision as {{ column }},
    {% endfor -%}
    {{ estimated('numerator', "metric_code <> 'CE01'") }}::double precision as numerator,
    {{ estimated('denominator', "unit = 'gbp_per_gp_hour'") }}::double precision as denominator
from {{ ref('fct_worth') }}
