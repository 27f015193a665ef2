-- Grain: outcome x method x area: the effect of the programme, as the newest evaluation found it.
{{ config(materialized='view', tags=['worth']) }}
select
    a.outcome::text as outcome,
    a.method::text as method,
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    o.title::text as outcome_title,
    o.is_money::boolean as is_money,
    a.first_period::date as first_period,
    a.last_period::date as last_period,
    a.sites_count::integer as sites_count,
    a.site_months_count::integer as site_months_count,
    a.covered_pct::double precision as covered_pct,
    a.effect_pct::double precision as effect_pct,
    a.effect_lower_95::double precision as effect_lower_95,
    a.effect_upper_95::double precision as effect_upper_95,
    a.observed::double precision as observed,
    a.expected::double precision as expected,
    a.avoided::double precision as avoided,
    a.avoided_lower_95::double precision as avoided_lower_95,
    a.avoided_upper_95::double precision as avoided_upper_95,
    a.detectable_effect_pct::double precision as detectable_effect_pct,
    a.verdict::text as verdict,
    a.reason::text as reason,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_estimate') }} as a
inner join {{ ref('stg_outcome') }} as o on a.outcome = o.outcome
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
