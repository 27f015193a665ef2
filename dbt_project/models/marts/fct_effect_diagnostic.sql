-- Grain: outcome x method x area x diagnostic: what the estimate rests on.
{{ config(materialized='view', tags=['worth']) }}
select
    a.outcome::text as outcome,
    a.method::text as method,
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    o.title::text as outcome_title,
    a.diagnostic::text as diagnostic,
    a.is_passed::boolean as is_passed,
    a.statistic::double precision as statistic,
    a.p_value::double precision as p_value,
    a.finding::text as finding,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_diagnostic') }} as a
inner join {{ ref('stg_outcome') }} as o on a.outcome = o.outcome
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
