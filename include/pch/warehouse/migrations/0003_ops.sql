-- The ledger. Application roles insert and read; no role of theirs updates or deletes what was recorded
-- (the one pointer that moves is publication.is_current).
create table ops.submission (
    submission_id bigint generated always as identity primary key,
    site_code text not null,
    feed text not null references ref.feed,
    period date not null check (extract(day from period) = 1),
    attempt integer not null check (attempt > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    bytes bigint not null,
    file_name text not null,
    door text not null,
    submitted_by text not null,
    nil_reason text,
    idempotency_key text,
    reinstates bigint references ops.submission,
    received_at timestamptz not null default clock_timestamp(),
    recorded_at timestamptz not null default clock_timestamp(),
    unique (site_code, feed, period, attempt)
);
create unique index submission_same_bytes_once on ops.submission (site_code, feed, period, sha256)
where reinstates is null;
create unique index idempotency_key_once on ops.submission (site_code, idempotency_key);
comment on table ops.submission is
'One row a submission: what arrived for a return, numbered. The row is the receipt; received_at decides its close.';
comment on column ops.submission.sha256 is 'Checksum of the bytes, and their address in the landing store.';

create table ops.batch (
    batch_id bigint generated always as identity primary key,
    feed text not null references ref.feed,
    period date not null,
    run_id text,
    submissions_count integer not null,
    rows_count bigint not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    decode_seconds double precision not null,
    stage_seconds double precision not null,
    check_seconds double precision not null,
    publish_seconds double precision not null,
    peak_memory_mb double precision not null
);
comment on table ops.batch is 'One row a load batch that committed, of one feed and month: how long each stage took.';

create table ops.verdict (
    submission_id bigint not null references ops.submission,
    revision integer not null,
    verdict text not null check (verdict in ('accepted', 'accepted_with_warnings', 'rejected')),
    batch_id bigint not null references ops.batch,
    rows_read bigint not null,
    rows_published bigint not null,
    rows_set_aside bigint not null,
    code_version text not null,
    decided_at timestamptz not null default clock_timestamp(),
    primary key (submission_id, revision)
);
comment on table ops.verdict is
'What was decided of a submission. A later revision replaces an earlier one (a replay, a neighbour month).';

create table ops.finding (
    finding_id bigint generated always as identity primary key,
    submission_id bigint not null,
    revision integer not null,
    rule text not null,
    layer text not null,
    severity text not null check (severity in ('error', 'warning', 'information')),
    column_name text,
    rows_count bigint not null,
    examples jsonb not null,
    message text not null,
    next_step text not null,
    foreign key (submission_id, revision) references ops.verdict
);
create index on ops.finding (submission_id, revision);
comment on table ops.finding is 'One row a rule a submission breaks, in plain words; of the verdict''s revision.';

create table ops.profile (
    submission_id bigint not null references ops.submission,
    rows_count bigint not null,
    practices text[] not null,
    totals jsonb not null,
    content_hash text not null,
    primary key (submission_id)
);
comment on table ops.profile is 'A submission as a whole: the figures its successors are compared with.';

create table ops.publication (
    submission_id bigint primary key references ops.submission,
    site_code text not null,
    feed text not null,
    period date not null,
    is_current boolean not null default true,
    published_at timestamptz not null default clock_timestamp(),
    superseded_at timestamptz
);
create unique index one_current_submission_per_return on ops.publication (site_code, feed, period) where is_current;
comment on table ops.publication is 'Accepted submissions; the rows of a return''s current one stand in raw.';

create table ops.month_change (
    change_id bigint generated always as identity primary key,
    period date not null,
    reason text not null,
    changed_at timestamptz not null default clock_timestamp()
);
create index on ops.month_change (period, change_id);
comment on table ops.month_change is 'Months whose data, register or closes changed: what the warehouse has to build.';

create table ops.build (
    build_id bigint generated always as identity primary key,
    run_id text,
    periods date[] not null,
    up_to_change_id bigint not null,
    succeeded boolean not null,
    code_version text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
);
comment on table ops.build is 'One row a dbt build: which months, up to which change.';

create table ops.dbt_node (
    build_id bigint not null references ops.build,
    node text not null,
    resource_type text not null,
    status text not null,
    message text,
    rows_affected bigint,
    failures bigint,
    seconds double precision not null,
    primary key (build_id, node)
);
comment on table ops.dbt_node is 'The outcome of every model and test of a build.';

create table ops.audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text not null default session_user,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}'
);
comment on table ops.audit is 'Who did what to which return or register, refusals included.';

-- The latest word on each submission.
create view ops.current_verdict with (security_invoker = true) as
select distinct on (submission_id)
    submission_id,
    revision,
    verdict,
    batch_id,
    rows_read,
    rows_published,
    rows_set_aside,
    code_version,
    decided_at
from ops.verdict
order by submission_id asc, revision desc;

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
    f.next_step
from ops.finding as f
inner join ops.current_verdict as v on (f.submission_id, f.revision) = (v.submission_id, v.revision);

-- Months with changes that no successful build has covered.
create view ops.month_pending with (security_invoker = true) as
select
    c.period,
    max(c.change_id) as change_id,
    array_agg(distinct c.reason) as reasons
from ops.month_change as c
where
    not exists (
        select from ops.build as b
        where b.succeeded and c.period = any(b.periods) and b.up_to_change_id >= c.change_id
    )
group by c.period;

grant select on all tables in schema ops to intake, loader, dbt, analyst;
grant insert on ops.submission, ops.audit to intake;
grant insert on
ops.batch, ops.verdict, ops.finding, ops.profile, ops.publication, ops.month_change, ops.build, ops.dbt_node, ops.audit
to loader;
grant update (is_current, superseded_at) on ops.publication to loader;
alter default privileges in schema ops grant select on tables to intake, loader, dbt, analyst;
