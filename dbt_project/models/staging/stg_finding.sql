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
inner join {{ source('ops', 'finding_course') }} as c
    on (f.submission_id, f.finding_id) = (c.submission_id, c.finding_id)
