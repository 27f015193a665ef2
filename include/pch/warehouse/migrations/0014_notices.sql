-- Mail to sites: to whom it goes, what was told in which mail, and what became of each. Only who sends and who keeps
-- the addresses can read them; everybody else sees how many a site has.
create table ops.contact (
    contact_id bigint generated always as identity primary key,
    site_code text not null references ref.site,
    email text not null check (email ~ '^[^[:space:]@<>,;:"()]+@[^[:space:]@<>,;:"()]+$'),
    added_by text not null,
    added_at timestamptz not null default clock_timestamp(),
    removed_by text,
    removed_at timestamptz check (removed_at >= added_at),
    check ((removed_at is null) = (removed_by is null))
);
create unique index one_contact_per_address on ops.contact (site_code, lower(email)) where removed_at is null;
comment on table ops.contact is 'One row an address that a site''s mail goes to, from added_at to removed_at.';

create view ops.contacted_site as
select
    site_code,
    count(*) filter (where removed_at is null) as contacts_count,
    min(added_at) as first_contact_at
from ops.contact
group by site_code
having count(*) filter (where removed_at is null) > 0;
comment on view ops.contacted_site is
'One row a site that mail goes to; what happened before first_contact_at is not told. Names no address, and so runs as '
'its owner: who may not read ops.contact may read this.';

create table ops.mail (
    mail_id bigint generated always as identity primary key,
    site_code text not null,
    topic text not null check (topic in ('news', 'questions', 'due', 'overdue')),
    subject_line text not null,
    body text not null,
    thread text,
    made_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
comment on table ops.mail is 'One row a mail, as it is sent; after expires_at it would be no news any more.';
comment on column ops.mail.thread is 'Mails of one thread belong together: those of a site and a month.';

create table ops.notice (
    kind text not null check (kind in ('receipt', 'verdict', 'question', 'due', 'overdue')),
    site_code text not null,
    subject text not null,
    mail_id bigint not null references ops.mail,
    primary key (kind, site_code, subject)
);
create index on ops.notice (mail_id);
comment on table ops.notice is
'One row a thing that a site was told of, once. Subject of a receipt: submission; of a verdict: submission and the '
'revision since which it is accepted, or rejected; of a question: return, rule, subject and the reply that did not '
'settle it; of due and overdue: period.';

create table ops.mail_event (
    event_id bigint generated always as identity primary key,
    mail_id bigint not null references ops.mail,
    state text not null check (state in ('begun', 'sent', 'postponed', 'failed')),
    reason text not null default '',
    at timestamptz not null default clock_timestamp()
);
create unique index a_mail_ends_once on ops.mail_event (mail_id) where state in ('sent', 'failed');
create index on ops.mail_event (mail_id);
comment on table ops.mail_event is
'What became of a mail. Begun is committed before the mail server hears of it, the outcome after its answer.';

create view ops.mail_state with (security_invoker = true) as
with course as (
    select
        mail_id,
        max(at) as last_event_at,
        (array_agg(state order by event_id desc))[1] as last_state,
        (array_agg(reason order by event_id desc))[1] as reason,
        count(*) filter (where state = 'begun') as tries_count,
        greatest(2 * count(*) filter (where state = 'begun') - count(*), 0) as unknown_count
    from ops.mail_event
    group by mail_id
)

select
    m.mail_id,
    m.site_code,
    m.topic,
    m.subject_line,
    m.made_at,
    m.expires_at,
    c.last_event_at,
    coalesce(c.reason, '') as reason,
    coalesce(c.tries_count, 0) as tries_count,
    coalesce(c.unknown_count, 0) as unknown_count,
    case when c.last_state in ('sent', 'failed') then c.last_state else 'waiting' end as state
from ops.mail as m
left join course as c on m.mail_id = c.mail_id;
comment on view ops.mail_state is
'One row a mail: waiting, sent or failed. unknown_count: tries that ended without a word, and may have arrived.';

revoke select on ops.contact from intake, dbt, analyst;
grant select on ops.contacted_site, ops.mail_state to loader, analyst;
grant insert on ops.mail, ops.notice, ops.mail_event to loader;
