-- Grain: metric of cost-effectiveness x variant x area, with what it rests on.
{{ config(materialized='view', tags=['worth']) }}
select
    a.metric_code::text as metric_code,
    a.variant::text as variant,
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    a.value::double precision as value,
    a.lower_95::double precision as lower_95,
    a.upper_95::double precision as upper_95,
    a.unit::text as unit,
    a.numerator::double precision as numerator,
    a.denominator::double precision as denominator,
    a.verdict::text as verdict,
    a.reason::text as reason,
    a.assumptions::jsonb as assumptions,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_worth') }} as a
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
