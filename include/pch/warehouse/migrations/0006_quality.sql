-- When a return is due, until when it may be pushed, and who may push later.
alter table ref.feed add column due_months integer[] not null default '{1,2,3,4,5,6,7,8,9,10,11,12}';
comment on table ref.feed is
'One row a feed contract. names_practices: every practice of a site is expected. due_months: calendar months.';

alter table ref.site add column history_open_until timestamptz not null default now();
comment on column ref.site.history_open_until is
'Months that closed before the site was registered may be pushed until then.';

create table ops.unlocking (
    unlocking_id bigint generated always as identity primary key,
    site_code text not null,
    feed text not null references ref.feed,
    period date not null,
    expires_at timestamptz not null,
    reason text not null check (length(trim(reason)) >= 10),
    granted_by text not null,
    granted_at timestamptz not null default clock_timestamp(),
    check (expires_at > granted_at)
);
comment on table ops.unlocking is 'A named exception: until expires_at, one locked return may be pushed again.';

-- What a finding is about, how much was looked at, and whether it asks for a reason.
alter table ops.finding add column subject text not null default '';
alter table ops.finding add column checked_count bigint not null default 0;
alter table ops.finding add column threshold text not null default '';
alter table ops.finding add column is_question boolean not null default false;
alter table ops.finding add column exemption text;
comment on column ops.finding.subject is
'The total or ratio it is about; with rule and column it tells one finding from another.';
comment on column ops.finding.checked_count is 'Rows (or figures) the rule was asked of; rows_count of them break it.';
comment on column ops.finding.is_question is 'Plausible but odd: the site is asked for a reason.';
comment on column ops.finding.exemption is 'Why it is no longer open: an accepted reason, or a waiver.';

-- The totals of a submission, by practice: what its successors and other feeds are compared with.
alter table ops.profile drop column totals;
create table ops.submission_total (
    submission_id bigint not null references ops.submission,
    practice_code text not null,
    total text not null,
    quantity double precision not null,
    primary key (submission_id, practice_code, total)
);
comment on table ops.submission_total is
'One row a submission x practice (empty: rows of the whole site) x declared total of its suite.';

-- What was asked of what, by batch (rows) or by review (months beside one another).
create table ops.review (
    review_id bigint generated always as identity primary key,
    period date not null,
    run_id text,
    up_to_change_id bigint not null,
    submissions_count integer not null,
    revised_count integer not null,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
);
create index on ops.review (period, up_to_change_id);
comment on table ops.review is
'A month looked at as a whole: its submissions beside their history and the other feeds.';

create table ops.check_result (
    check_id bigint generated always as identity primary key,
    batch_id bigint references ops.batch,
    review_id bigint references ops.review,
    feed text not null references ref.feed,
    period date not null,
    layer text not null,
    rule text not null,
    severity text not null,
    threshold text not null,
    checked_count bigint not null,
    violated_count bigint not null,
    submissions_count integer not null,
    submissions_violated integer not null,
    is_applicable boolean not null,
    check ((batch_id is null) <> (review_id is null))
);
create index on ops.check_result (period, feed);
comment on table ops.check_result is
'One row a rule and batch or review: how much it was asked of, how much broke it, or that it did not apply.';

-- Query and reply, and what the centre waives.
create table ref.reason (reason_code text primary key, meaning text not null);
comment on table ref.reason is 'The coded reasons with which a site answers a question.';

create table ops.reply (
    reply_id bigint generated always as identity primary key,
    submission_id bigint not null references ops.submission,
    rule text not null,
    subject text not null,
    reason_code text not null references ref.reason,
    sentence text not null check (length(trim(sentence)) >= 10),
    replied_by text not null,
    replied_at timestamptz not null default clock_timestamp()
);
comment on table ops.reply is
'A site''s reason for a finding that asked for one. The newest of a return, rule and subject stands.';

create table ops.reply_decision (
    reply_id bigint primary key references ops.reply,
    is_accepted boolean not null,
    valid_to date check ((valid_to is not null) = is_accepted),
    note text not null check (is_accepted or length(trim(note)) >= 10),
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp()
);
comment on table ops.reply_decision is
'What the centre made of a reply. Accepted, it stops the question up to and including the month valid_to.';

create table ops.waiver (
    waiver_id bigint generated always as identity primary key,
    site_code text not null,
    feed text not null references ref.feed,
    rule text not null,
    subject text not null default '',
    valid_from date not null,
    valid_to date not null check (valid_to >= valid_from),
    reason text not null check (length(trim(reason)) >= 10),
    waived_by text not null,
    waived_at timestamptz not null default clock_timestamp()
);
comment on table ops.waiver is 'A finding known and not to be mended, let pass by the centre for the months named.';

create view ops.exemption with (security_invoker = true) as
select
    s.site_code,
    s.feed,
    r.rule,
    r.subject,
    s.period as valid_from,
    d.valid_to,
    'reply' as kind,
    x.meaning || ': ' || r.sentence || ' (' || r.replied_by || ', until ' || to_char(d.valid_to, 'YYYY-MM') || ')'
        as reason
from ops.reply as r
inner join ops.reply_decision as d on r.reply_id = d.reply_id and d.is_accepted
inner join ops.submission as s on r.submission_id = s.submission_id
inner join ref.reason as x on r.reason_code = x.reason_code
union all
select
    site_code,
    feed,
    rule,
    subject,
    valid_from,
    valid_to,
    'waiver' as kind,
    reason || ' (waived by ' || waived_by || ', until ' || to_char(valid_to, 'YYYY-MM') || ')' as reason
from ops.waiver;
comment on view ops.exemption is
'What is not open although it was found: accepted replies and waivers, with their months.';

drop view ops.current_finding;
create view ops.current_finding with (security_invoker = true) as
select
    f.finding_id,
    f.submission_id,
    f.revision,
    f.rule,
    f.layer,
    f.severity,
    f.column_name,
    f.rows_count,
    f.examples,
    f.message,
    f.next_step,
    f.subject,
    f.checked_count,
    f.threshold,
    f.is_question,
    f.exemption
from ops.finding as f
inner join ops.current_verdict as v on (f.submission_id, f.revision) = (v.submission_id, v.revision);

create view ops.question with (security_invoker = true) as
select
    p.site_code,
    p.feed,
    p.period,
    f.submission_id,
    f.rule,
    f.subject,
    f.message,
    f.next_step,
    r.reply_id,
    r.reason_code,
    x.meaning as reason,
    r.sentence,
    r.replied_by,
    r.replied_at,
    d.note,
    d.decided_by,
    d.decided_at,
    case
        when r.reply_id is null then 'open'
        when d.reply_id is null then 'answered'
        when d.is_accepted then 'accepted'
        else 'declined'
    end as state
from ops.publication as p
inner join ops.current_finding as f on p.submission_id = f.submission_id and f.is_question
left join lateral (
    select a.*
    from ops.reply as a
    inner join ops.submission as s on a.submission_id = s.submission_id
    where
        (s.site_code, s.feed, s.period) = (p.site_code, p.feed, p.period)
        and (a.rule, a.subject) = (f.rule, f.subject)
    order by a.reply_id desc
    limit 1
) as r on true
left join ref.reason as x on r.reason_code = x.reason_code
left join ops.reply_decision as d on r.reply_id = d.reply_id
where p.is_current;
comment on view ops.question is
'One row a question about a submission in use, with the newest reply to it. Accepted: about to be judged again.';

-- Beside the submission before: the attempt before of the same return, else the one in use of the newest
-- earlier month. Looked up submission by submission, so that one costs little.
create view ops.finding_course with (security_invoker = true) as
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
    left join ops.publication as p on a.submission_id = p.submission_id and p.is_current
    where
        (a.site_code, a.feed) = (s.site_code, s.feed)
        and ((a.period = s.period and a.attempt < s.attempt) or (a.period < s.period and p.is_current))
    order by a.period desc, a.attempt desc
    limit 1
) as b on true
inner join lateral (
    select
        max(f.finding_id) filter (where f.submission_id = s.submission_id) as finding_id,
        max(f.finding_id) filter (where f.submission_id = b.submission_id) as previous_finding_id
    from ops.current_verdict as v
    inner join ops.finding as f on (v.submission_id, v.revision) = (f.submission_id, f.revision)
    where v.submission_id in (s.submission_id, b.submission_id)
    group by f.rule, f.subject, f.column_name
) as c on true
where exists (
    select from ops.verdict as v
    where v.submission_id = s.submission_id
);
comment on view ops.finding_course is
'Findings new or persisting in a submission, and those of the submission before that it resolved.';

-- Expected returns know now when they are due and when they are locked.
drop view ops.return_state;
drop view ops.expected_return;
create view ops.expected_return with (security_invoker = true) as
select
    s.site_code,
    f.feed,
    p.period,
    p.primary_close_at,
    p.refresh_close_at,
    extract(month from p.period)::integer = any(f.due_months) as is_due,
    greatest(p.refresh_close_at, s.history_open_until) as locked_at
from ref.site as s
cross join ref.feed as f
inner join ref.period as p
    on p.period >= date_trunc('month', s.start_date)::date and (s.end_date is null or s.end_date > p.period);
comment on view ops.expected_return is
'One row a return: site x feed x period, from a site''s first month to its last. Locked after locked_at.';

create view ops.return_state with (security_invoker = true) as
with attempt as (
    select
        s.site_code,
        s.feed,
        s.period,
        count(*) as attempts_count,
        min(s.received_at) as first_received_at,
        max(s.received_at) as last_received_at,
        (array_agg(s.submission_id order by s.attempt desc))[1] as last_submission_id,
        (array_agg(v.verdict order by s.attempt desc))[1] as last_verdict,
        count(*) filter (where v.verdict is null) as unchecked_count,
        bool_or(v.verdict like 'accepted%') filter (where s.attempt = 1) as is_accepted_first_time,
        min(s.received_at) filter (where v.verdict like 'accepted%') as first_accepted_at
    from ops.submission as s
    left join ops.current_verdict as v on s.submission_id = v.submission_id
    group by s.site_code, s.feed, s.period
)

select
    e.site_code,
    e.feed,
    e.period,
    c.submission_id,
    s.attempt,
    v.verdict,
    v.rows_read,
    v.rows_published,
    v.rows_set_aside,
    s.received_at,
    a.last_submission_id,
    a.last_verdict,
    a.first_received_at,
    a.last_received_at,
    e.primary_close_at,
    e.refresh_close_at,
    e.is_due,
    e.locked_at,
    case
        when c.submission_id is not null and s.nil_reason is not null then 'nil_return'
        when c.submission_id is not null then 'received'
        when a.last_verdict = 'rejected' then 'rejected'
        when not e.is_due then 'not_due'
        when now() < e.period + interval '1 month' then 'not_due'
        when now() <= e.primary_close_at then 'due'
        when now() <= e.refresh_close_at then 'late'
        else 'missing'
    end as state,
    coalesce(a.attempts_count, 0) as attempts_count,
    coalesce(a.unchecked_count, 0) as unchecked_count,
    coalesce(a.is_accepted_first_time, false) as is_accepted_first_time,
    coalesce(a.first_accepted_at <= e.primary_close_at, false) as is_accepted_by_primary_close,
    coalesce(a.first_accepted_at <= e.refresh_close_at, false) as is_accepted_by_refresh_close
from ops.expected_return as e
left join ops.publication as c on c.is_current and (c.site_code, c.feed, c.period) = (e.site_code, e.feed, e.period)
left join ops.submission as s on c.submission_id = s.submission_id
left join ops.current_verdict as v on c.submission_id = v.submission_id
left join attempt as a on (a.site_code, a.feed, a.period) = (e.site_code, e.feed, e.period);
comment on view ops.return_state is
'One row an expected return, in exactly one state. Attempts still being checked count in unchecked_count.';

grant select on all tables in schema ops, ref to intake, loader, dbt, analyst;
grant insert on ops.check_result, ops.review, ops.submission_total to loader;
grant delete on ops.submission_total to loader; -- a replay measures a submission anew
grant insert on ops.reply to intake;
