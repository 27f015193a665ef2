-- Grain: area x price put on an admission avoided.
{{ config(materialized='view', tags=['worth']) }}
select
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    a.gbp_per_admission::double precision as gbp_per_admission,
    a.probability::double precision as probability,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_acceptability') }} as a
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
