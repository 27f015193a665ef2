-- What is expected and what became of it, live. The marts keep a copy of this view month by month.
create view ops.expected_return with (security_invoker = true) as
select
    s.site_code,
    f.feed,
    p.period,
    p.primary_close_at,
    p.refresh_close_at
from ref.site as s
cross join ref.feed as f
inner join ref.period as p
    on p.period >= date_trunc('month', s.start_date)::date and (s.end_date is null or s.end_date > p.period);
comment on view ops.expected_return is
'One row a return: site x feed x period, from a site''s first month to its last.';

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
    case
        when c.submission_id is not null and s.nil_reason is not null then 'nil_return'
        when c.submission_id is not null then 'received'
        when a.last_verdict = 'rejected' then 'rejected'
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

-- What waits to be loaded: a new submission enters with its receipt, a replay is put back by hand or because
-- the register changed. A loader locks rows, skipping those another one holds, and deletes them with the
-- verdict in one transaction; whoever dies gives back what it held.
create table ops.queue (
    submission_id bigint primary key references ops.submission,
    reason text not null,
    queued_at timestamptz not null default clock_timestamp()
);
comment on table ops.queue is 'Submissions that wait to be decoded and judged, for the first time or again.';

grant select on ops.expected_return, ops.return_state, ops.queue to intake, loader, dbt, analyst;
grant insert on ops.queue to intake;
grant insert, update, delete on ops.queue to loader;
grant delete on ops.profile to loader; -- a replay measures a submission anew

-- Month partitions are made by whoever first publishes into a month; only the owner may create tables.
-- The new partition is built aside and attached, which does not block readers of the other months.
create function ops.ensure_partition(feed_name text, month date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    part text := format('%s_%s', feed_name, to_char(month, 'YYYY_MM'));
begin
    if to_regclass(format('raw.%I', part)) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('raw.' || part));
    if to_regclass(format('raw.%I', part)) is null then
        execute format('create table raw.%I (like raw.%I including defaults including constraints)', part, feed_name);
        execute format('alter table raw.%I attach partition raw.%I for values in (%L)', feed_name, part, month);
    end if;
end $$;
revoke all on function ops.ensure_partition from public;
grant execute on function ops.ensure_partition to loader;
