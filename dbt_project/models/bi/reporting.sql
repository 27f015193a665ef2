-- Grain: period x area (programme, region, site) or feed: how many returns arrived of those due. Counts add up over
-- months; rates do not: divide the sums.
{{ config(
    materialized='incremental', incremental_strategy='months', meta={'own_site': 'area_code', 'of_areas': true},
    indexes=[{'columns': ['period', 'area_type', 'area_code'], 'unique': true},
             {'columns': ['area_type', 'area_code', 'period']}]
) }}
select
    period::date as period,
    level::text as area_type,
    expected_count::integer as expected_count,
    received_count::integer as received_count,
    on_time_count::integer as on_time_count,
    reporting_rate_pct::double precision as reporting_rate_pct,
    timeliness_pct::double precision as timeliness_pct,
    as_of::timestamptz as as_of,
    case level
        when 'programme' then 'PCH'
        when 'region' then region
        when 'site' then site_code
        else feed
    end::text as area_code
from {{ ref('fct_reporting') }}
where {{ in_months() }}
