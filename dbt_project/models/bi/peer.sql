-- Grain: site x period x peer: the ten sites most alike.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'site_code', 'peer_rank'], 'unique': true}]
) }}
select
    site_code::text as site_code,
    period::date as period,
    peer_site_code::text as peer_site_code,
    peer_rank::integer as peer_rank,
    facts_count::integer as facts_count,
    round(distance::numeric, 2)::double precision as distance
from {{ ref('fct_peer') }}
where {{ in_months('period', 'window_months') }}
