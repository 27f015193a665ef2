-- Grain: site x feed x period: every expected return, with its state as of now and, where a submission is
-- current, the practices that it has rows of.
select
    r.site_code,
    r.feed,
    r.period,
    r.state,
    r.submission_id,
    r.attempt,
    r.verdict,
    r.rows_read,
    r.rows_published,
    r.rows_set_aside,
    r.received_at,
    r.attempts_count,
    r.unchecked_count,
    r.last_submission_id,
    r.last_verdict,
    r.first_received_at,
    r.last_received_at,
    r.is_accepted_first_time,
    r.is_accepted_by_primary_close,
    r.is_accepted_by_refresh_close,
    r.primary_close_at,
    r.refresh_close_at,
    r.locked_at,
    r.is_due,
    f.names_practices,
    p.practices
from {{ source('ops', 'return_state') }} as r
inner join {{ source('ref', 'feed') }} as f on r.feed = f.feed
left join {{ source('ops', 'profile') }} as p on r.submission_id = p.submission_id
