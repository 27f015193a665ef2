-- Grain: site x period. What comparable sites are found by (fct_peer).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'site_code'], 'unique': true}]
) }}
select
    site_code::text as site_code,
    period::date as period,
    registered_count::double precision as registered_count,
    aged_65_plus_pct::double precision as aged_65_plus_pct,
    deprived_pct::double precision as deprived_pct,
    rural_pct::double precision as rural_pct,
    months_since_start_count::integer as months_since_start_count
from {{ ref('int_site__traits') }}
where {{ in_months('period', 'window_months') }}
