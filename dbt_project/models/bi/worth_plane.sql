-- Grain: area (region, wave, programme) x draw: a point of the cost-effectiveness plane.
{{ config(tags=['worth']) }}
select
    area_type::text as area_type,
    area_code::text as area_code,
    draw::integer as draw,
    stat.significant(net_cost_gbp_per_1000, 3)::double precision as net_cost_gbp_per_1000,
    stat.significant(avoided_per_1000, 3)::double precision as avoided_per_1000
from {{ ref('fct_worth_plane') }}
