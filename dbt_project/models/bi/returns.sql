-- Grain: site x feed x period: every expected return, in exactly one state. Counts of returns are not of people.
{{ config(
    materialized='incremental', incremental_strategy='months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'site_code', 'feed'], 'unique': true}, {'columns': ['site_code', 'period']}]
) }}
select
    site_code::text as site_code,
    feed::text as feed,
    period::date as period,
    state::text as state,
    verdict::text as verdict,
    attempts_count::integer as attempts_count,
    first_received_at::timestamptz as first_received_at,
    last_received_at::timestamptz as last_received_at,
    is_due::boolean as is_due,
    is_accepted_first_time::boolean as is_accepted_first_time,
    is_accepted_by_primary_close::boolean as is_accepted_by_primary_close,
    is_accepted_by_refresh_close::boolean as is_accepted_by_refresh_close,
    as_of::timestamptz as as_of
from {{ ref('fct_return') }}
where {{ in_months() }}
