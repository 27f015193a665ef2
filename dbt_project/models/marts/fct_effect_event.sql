-- Grain: outcome x area x month before (negative) or since going live (0).
{{ config(materialized='view', tags=['worth']) }}
select
    a.outcome::text as outcome,
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    o.title::text as outcome_title,
    a.relative_month::integer as relative_month,
    a.sites_count::integer as sites_count,
    a.effect_pct::double precision as effect_pct,
    a.effect_lower_95::double precision as effect_lower_95,
    a.effect_upper_95::double precision as effect_upper_95,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_event') }} as a
inner join {{ ref('stg_outcome') }} as o on a.outcome = o.outcome
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
