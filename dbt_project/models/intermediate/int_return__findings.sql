-- Grain: a finding of a submission in use, as this build found both. is_open: neither an accepted reason nor a waiver
-- stands against it. A question with either is no question any more.
{{ config(months_var='window_months') }}
select
    r.site_code,
    r.feed,
    r.period,
    r.submission_id,
    f.finding_id,
    f.rule,
    f.subject,
    f.column_name,
    f.layer,
    f.severity,
    f.is_question,
    f.exemption,
    f.rows_count,
    f.checked_count,
    f.threshold,
    f.message,
    f.next_step,
    f.course,
    f.exemption is null as is_open
from {{ ref('int_return__state') }} as r
inner join {{ ref('stg_finding') }} as f on r.submission_id = f.submission_id
where {{ in_months('r.period', 'window_months') }}
