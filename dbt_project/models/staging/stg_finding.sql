-- Grain: a finding of a submission's latest verdict. course: new, or persisting when the submission before had it, too.
select
    f.finding_id,
    f.submission_id,
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
    c.course
from {{ source('ops', 'current_finding') }} as f
-- one by one: the view answers for a submission at once, and for all of them slowly
inner join lateral (
    select c.course
    from {{ source('ops', 'finding_course') }} as c
    where (c.submission_id, c.finding_id) = (f.submission_id, f.finding_id)
) as c on true
