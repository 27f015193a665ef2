-- The latest word on a submission, looked up by submission: what the door asks of one return costs what that return has
-- of attempts, however long the ledger. (DISTINCT ON reads all verdicts first, whatever it is joined with.)
create or replace view ops.current_verdict with (security_invoker = true) as
select
    v.submission_id,
    v.revision,
    v.verdict,
    v.batch_id,
    v.rows_read,
    v.rows_published,
    v.rows_set_aside,
    v.code_version,
    v.decided_at
from ops.verdict as v
where
    not exists (
        select from ops.verdict as later
        where later.submission_id = v.submission_id and later.revision > v.revision
    );
