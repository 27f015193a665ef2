-- Grain: site x feed x period: every expected return, in exactly one state as of the build.
{{ config(
    materialized='incremental', incremental_strategy='months',
    indexes=[{'columns': ['period', 'site_code', 'feed'], 'unique': true}]
) }}
select
    site_code::text as site_code,
    feed::text as feed,
    period::date as period,
    state::text as state,
    attempts_count::integer as attempts_count,
    last_verdict::text as verdict,
    submission_id::bigint as submission_id,
    attempt::integer as attempt,
    rows_read::bigint as rows_read,
    rows_published::bigint as rows_published,
    rows_set_aside::bigint as rows_set_aside,
    received_at::timestamptz as received_at,
    first_received_at::timestamptz as first_received_at,
    last_received_at::timestamptz as last_received_at,
    is_accepted_first_time::boolean as is_accepted_first_time,
    is_accepted_by_primary_close::boolean as is_accepted_by_primary_close,
    is_accepted_by_refresh_close::boolean as is_accepted_by_refresh_close,
    primary_close_at::timestamptz as primary_close_at,
    refresh_close_at::timestamptz as refresh_close_at,
    is_due::boolean as is_due,
    locked_at::timestamptz as locked_at,
    as_of::timestamptz as as_of
from {{ ref('int_return__state') }}
where {{ in_months() }}
