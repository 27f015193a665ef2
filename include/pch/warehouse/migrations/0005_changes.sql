-- A build covers the changes up to the highest it saw. That is true only if changes become visible in the
-- order of their numbers: whoever writes one therefore holds up the next writer until it has committed.
create function ops.in_order() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('ops.month_change'));
    return null;
end $$;

create trigger in_order before insert on ops.month_change
for each statement execute function ops.in_order();

-- A month is announced to the orchestrator once for each change, and again only when nothing came of it.
create table ops.announcement (
    period date not null,
    change_id bigint not null,
    announced_at timestamptz not null default clock_timestamp()
);
create index on ops.announcement (period, change_id);
comment on table ops.announcement is 'When the orchestrator was told that a month has to be built.';
grant insert on ops.announcement to loader;
