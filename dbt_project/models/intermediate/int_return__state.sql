-- Grain: site x feed x period. The state of every expected return as this build found it: one snapshot, so
-- that all figures of a build agree with one another.
select
    site_code,
    feed,
    period,
    state,
    submission_id,
    attempt,
    verdict,
    rows_read,
    rows_published,
    rows_set_aside,
    received_at,
    attempts_count,
    unchecked_count,
    last_submission_id,
    last_verdict,
    first_received_at,
    last_received_at,
    is_accepted_first_time,
    is_accepted_by_primary_close,
    is_accepted_by_refresh_close,
    primary_close_at,
    refresh_close_at,
    locked_at,
    is_due,
    names_practices,
    practices,
    now() as as_of
from {{ ref('stg_return') }}
where {{ in_months() }}
