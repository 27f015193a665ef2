-- A key stands for one content of one return, also where the content was known already and made no submission.
create table ops.idempotency_key (
    site_code text not null,
    idempotency_key text not null,
    feed text not null,
    period date not null,
    sha256 text not null,
    submission_id bigint not null references ops.submission,
    first_used_at timestamptz not null default clock_timestamp(),
    primary key (site_code, idempotency_key)
);
comment on table ops.idempotency_key is 'One row a sender''s key: the submission that it stands for, for ever.';

insert into ops.idempotency_key (site_code, idempotency_key, feed, period, sha256, submission_id, first_used_at)
select
    s.site_code,
    s.idempotency_key,
    s.feed,
    s.period,
    s.sha256,
    s.submission_id,
    s.received_at
from ops.submission as s
where s.idempotency_key is not null;
alter table ops.submission drop column idempotency_key;

alter table ops.idempotency_key enable row level security;
create policy everybody_else on ops.idempotency_key to intake, loader, dbt, analyst using (true) with check (true);
create policy served_site on ops.idempotency_key to door
using (ops.is_served(site_code)) with check (ops.is_served(site_code));
grant select, insert on ops.idempotency_key to intake, door;
