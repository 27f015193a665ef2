-- The same view, looked up by its parts: whoever joins by hash only, as builds do, would otherwise read all findings
-- once for each submission.
create or replace view ops.finding_course with (security_invoker = true) as
select
    s.submission_id,
    b.submission_id as previous_submission_id,
    coalesce(c.finding_id, c.previous_finding_id) as finding_id,
    case
        when c.previous_finding_id is null then 'new'
        when c.finding_id is null then 'resolved'
        else 'persisting'
    end as course
from ops.submission as s
left join lateral (
    select a.submission_id
    from ops.submission as a
    where
        (a.site_code, a.feed) = (s.site_code, s.feed)
        and a.period <= s.period
        and case
            when a.period = s.period then a.attempt < s.attempt
            else (
                select p.is_current from ops.publication as p
                where p.submission_id = a.submission_id
            )
        end
    order by a.period desc, a.attempt desc
    limit 1
) as b on true
inner join lateral (
    select
        max(f.finding_id) filter (where f.submission_id = s.submission_id) as finding_id,
        max(f.finding_id) filter (where f.submission_id = b.submission_id) as previous_finding_id
    from ops.finding as f
    where
        f.submission_id in (s.submission_id, b.submission_id)
        and f.revision = (
            select max(v.revision) from ops.verdict as v
            where v.submission_id = f.submission_id
        )
    group by f.rule, f.subject, f.column_name
) as c on true
where exists (
    select from ops.verdict as v
    where v.submission_id = s.submission_id
);
