-- The front door: who may push through it, and the role of the process that stands there. The role sees rows of the
-- site it serves at the moment (pch.site, set with every request; '*' for the central team), and nobody's without it.

-- Keys of sites and of the central team. The secret is 256 random bits, so that its plain checksum cannot be guessed.
create table ops.access_key (
    key_id text primary key check (key_id ~ '^[a-z0-9]{10}$'),
    secret_sha256 text not null check (secret_sha256 ~ '^[0-9a-f]{64}$'),
    site_code text,
    feeds text[],
    holder text not null check (length(trim(holder)) > 0),
    is_simulation boolean not null default false,
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null check (expires_at > made_at)
);
comment on table ops.access_key is
'One row a key. site_code null: the central team, every site. feeds null: every feed. Several may be valid at once.';
comment on column ops.access_key.is_simulation is
'May say when a file arrived: only the demonstration makes such keys.';

create table ops.access_key_revocation (
    key_id text primary key references ops.access_key,
    reason text not null,
    revoked_by text not null,
    revoked_at timestamptz not null default clock_timestamp()
);

create table ops.sign_in_link (
    link_id bigint generated always as identity primary key,
    token_sha256 text not null unique,
    site_code text,
    holder text not null,
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null check (expires_at > made_at)
);
comment on table ops.sign_in_link is 'An address that signs a person in once (ops.session.link_id is unique).';

create table ops.sign_in_link_revocation (
    link_id bigint primary key references ops.sign_in_link,
    reason text not null,
    revoked_by text not null,
    revoked_at timestamptz not null default clock_timestamp()
);

create table ops.session (
    session_id bigint generated always as identity primary key,
    token_sha256 text not null unique,
    key_id text references ops.access_key,
    link_id bigint unique references ops.sign_in_link,
    started_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    check ((key_id is null) <> (link_id is null))
);
comment on table ops.session is 'Somebody signed in to the portal. It ends when its key does.';

create table ops.session_end (
    session_id bigint primary key references ops.session,
    ended_at timestamptz not null default clock_timestamp()
);

create view ops.key_state as
select
    k.key_id,
    k.site_code,
    k.feeds,
    k.holder,
    k.is_simulation,
    k.made_by,
    k.made_at,
    k.expires_at,
    r.revoked_at,
    r.revoked_by,
    r.reason,
    case
        when r.key_id is not null then 'revoked'
        when k.expires_at <= now() then 'expired'
        else 'valid'
    end as state
from ops.access_key as k
left join ops.access_key_revocation as r on k.key_id = r.key_id;
comment on view ops.key_state is 'Every key without its checksum: valid, expired or revoked.';

-- When a key was used last.
create index on ops.audit ((detail ->> 'key_id'), audit_id) where action in ('access', 'sign_in');

-- What the process at the door may ask about keys and sessions; it cannot read them.
create type ops.visitor as (
    key_id text,
    site_code text,
    feeds text [],
    holder text,
    is_simulation boolean,
    state text,
    session_id bigint,
    expires_at timestamptz
);

create function ops.recognise_key(the_key_id text, the_secret_sha256 text) returns ops.visitor
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.key_id, s.site_code, s.feeds, s.holder, s.is_simulation, s.state, null::bigint, s.expires_at
    from ops.key_state as s
    inner join ops.access_key as k on k.key_id = s.key_id
    where k.key_id = the_key_id and k.secret_sha256 = the_secret_sha256
$$;

create function ops.recognise_session(the_token_sha256 text) returns ops.visitor
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.key_id, coalesce(k.site_code, l.site_code), k.feeds, coalesce(k.holder, l.holder), false,
      case
        when r.link_id is not null then 'revoked'
        when e.session_id is not null or s.expires_at <= now() then 'expired'
        else coalesce(k.state, 'valid')
      end,
      s.session_id, s.expires_at
    from ops.session as s
    left join ops.key_state as k on k.key_id = s.key_id
    left join ops.sign_in_link as l on l.link_id = s.link_id
    left join ops.sign_in_link_revocation as r on r.link_id = s.link_id
    left join ops.session_end as e on e.session_id = s.session_id
    where s.token_sha256 = the_token_sha256
$$;

create function ops.start_session(the_key_id text, the_secret_sha256 text, the_token_sha256 text, lasts interval)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if (ops.recognise_key(the_key_id, the_secret_sha256)).state is distinct from 'valid' then
        return false;
    end if;
    insert into ops.session (token_sha256, key_id, expires_at)
    values (the_token_sha256, the_key_id, clock_timestamp() + lasts);
    return true;
end $$;

create function ops.link_holder(the_link_sha256 text) returns table (site_code text, holder text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.site_code, l.holder
    from ops.sign_in_link as l
    where l.token_sha256 = the_link_sha256 and l.expires_at > now()
      and not exists (select from ops.session as s where s.link_id = l.link_id)
      and not exists (select from ops.sign_in_link_revocation as r where r.link_id = l.link_id)
$$;

create function ops.use_link(the_link_sha256 text, the_token_sha256 text, lasts interval) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ops.session (token_sha256, link_id, expires_at)
    select the_token_sha256, l.link_id, clock_timestamp() + lasts
    from ops.sign_in_link as l
    where l.token_sha256 = the_link_sha256 and l.expires_at > clock_timestamp()
      and not exists (select from ops.sign_in_link_revocation as r where r.link_id = l.link_id)
    on conflict do nothing;
    return found;
end $$;

create function ops.end_session(the_session_id bigint) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.session_end (session_id) values (the_session_id) on conflict do nothing
$$;

revoke all on function ops.recognise_key, ops.recognise_session, ops.start_session, ops.link_holder, ops.use_link,
ops.end_session from public;
grant execute on function ops.recognise_key, ops.recognise_session, ops.start_session, ops.link_holder, ops.use_link,
ops.end_session to door;
revoke select on ops.access_key, ops.sign_in_link, ops.session, ops.session_end from intake, loader, dbt, analyst;

-- What the door saw of a file when it came: the contract's findings, before the pipeline's verdict.
create table ops.door_check (
    submission_id bigint primary key references ops.submission,
    rows_read bigint not null,
    findings jsonb not null,
    checked_at timestamptz not null default clock_timestamp()
);
comment on table ops.door_check is 'The contract''s findings as the answer to a push had them; the verdict says more.';

-- Rows of one's own site. The other application roles see all, as before.
create function ops.is_served(the_site_code text) returns boolean
language sql stable parallel safe as $$
    select the_site_code = current_setting('pch.site', true) or current_setting('pch.site', true) = '*'
$$;
comment on function ops.is_served is 'Whether the request that the door serves at the moment may see a site''s rows.';

do $$
declare
    name text;
begin
    foreach name in array array['submission', 'publication', 'unlocking', 'waiver'] loop
        execute format('alter table ops.%I enable row level security', name);
        execute format('create policy everybody_else on ops.%I to intake, loader, dbt, analyst using (true) with check (true)', name);
        execute format('create policy served_site on ops.%I to door using (ops.is_served(site_code)) with check (ops.is_served(site_code))', name);
    end loop;
    foreach name in array array['verdict', 'finding', 'door_check', 'reply', 'queue'] loop
        execute format('alter table ops.%I enable row level security', name);
        execute format('create policy everybody_else on ops.%I to intake, loader, dbt, analyst using (true) with check (true)', name);
        execute format(
            'create policy served_site on ops.%1$I to door using (exists (select from ops.submission as s where s.submission_id = %1$I.submission_id)) with check (exists (select from ops.submission as s where s.submission_id = %1$I.submission_id))', name);
    end loop;
end $$;
alter table ops.reply_decision enable row level security;
create policy everybody_else on ops.reply_decision to intake, loader, dbt, analyst using (true) with check (true);
create policy served_site on ops.reply_decision to door
using (reply_id in (select r.reply_id from ops.reply as r));

-- The register: of sites, and so of expected returns, one's own, and since when the programme collects. Which practice
-- is whose is public, and sites are told it in findings.
alter table ref.site enable row level security;
create policy everybody_else on ref.site to intake, loader, dbt, analyst using (true);
create policy served_site on ref.site to door using (ops.is_served(site_code));

create function ref.first_period() returns date
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select date_trunc('month', min(s.start_date))::date from ref.site as s
$$;
comment on function ref.first_period is 'The first month of the first site; NULL before there is one.';

grant usage on schema ops, ref to door;
grant select on ref.site, ref.feed, ref.period, ref.membership, ref.reason to door;
grant insert on ref.period to door;
grant select on
ops.submission, ops.verdict, ops.finding, ops.publication, ops.door_check, ops.reply, ops.reply_decision, ops.waiver,
ops.unlocking, ops.queue, ops.expected_return, ops.return_state, ops.current_verdict, ops.current_finding,
ops.question, ops.finding_course, ops.exemption
to door;
grant insert on ops.submission, ops.queue, ops.audit, ops.door_check, ops.reply to door;
grant insert on ops.door_check to intake;
