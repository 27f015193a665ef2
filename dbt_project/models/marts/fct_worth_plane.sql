-- Grain: area x draw: a point of the cost-effectiveness plane.
{{ config(materialized='view', tags=['worth']) }}
select
    a.area_type::text as area_type,
    a.area_code::text as area_code,
    a.draw::integer as draw,
    a.net_cost_gbp_per_1000::double precision as net_cost_gbp_per_1000,
    a.avoided_per_1000::double precision as avoided_per_1000,
    {{ area_name('a', 's') }}::text as area_name
from {{ ref('stg_plane') }} as a
left join {{ ref('dim_site') }} as s on a.area_type = 'site' and a.area_code = s.site_code
