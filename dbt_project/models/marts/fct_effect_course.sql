-- Grain: outcome x method x area x period: observed, and what would have been.
{{ config(materialized='view', tags=['worth']) }}
select
    a.outcome::text as outcome,
    a.method::text as method,
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    o.title::text as outcome_title,
    o.metric_code::text as metric_code,
    o.variant::text as variant,
    o.is_money::boolean as is_money,
    a.period::date as period,
    a.observed::double precision as observed,
    a.expected::double precision as expected,
    a.lower_95::double precision as lower_95,
    a.upper_95::double precision as upper_95,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_course') }} as a
inner join {{ ref('stg_outcome') }} as o on a.outcome = o.outcome
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
