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
