-- The declared side of progress: what was frozen, aimed at, chosen and said of the model of care. Nothing here is
-- ever changed or deleted, not even by the owner: a later row stands for an earlier one of the same key, or withdraws
-- it. What is in force is in the views ops.current_*.
create table ops.baseline (
    baseline_id bigint generated always as identity primary key,
    metric_code text not null,
    site_code text not null references ref.site,
    definition_version integer not null,
    period_window text not null,
    first_period date not null check (extract(day from first_period) = 1),
    last_period date not null check (extract(day from last_period) = 1),
    value double precision not null,
    lower_95 double precision,
    upper_95 double precision,
    numerator double precision,
    denominator double precision,
    coverage_pct double precision,
    practices text[] not null,
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    frozen_by text not null,
    frozen_at timestamptz not null default clock_timestamp(),
    check (last_period >= first_period)
);
comment on table ops.baseline is
'One row a figure against which a site''s later ones are held; key: metric x site. Frozen by the pipeline when it is '
'first complete, or by the central team, with a reason. Withdrawn: the pipeline freezes one anew.';
comment on column ops.baseline.practices is 'Practices that were members on the first of any month of the window.';

create table ops.indirect_reference (
    definition_id text not null,
    frozen_at timestamptz not null default now(),
    sex text not null,
    age_band text not null,
    events double precision not null,
    population double precision not null,
    first_period date not null,
    last_period date not null,
    because text not null check (length(trim(because)) >= 10),
    frozen_by text not null,
    primary key (definition_id, frozen_at, sex, age_band)
);
comment on table ops.indirect_reference is
'One row a version of a metric x sex x age band: the programme''s events and population that every site is held '
'against. The rows of one frozen_at belong together.';

create table ops.target (
    target_id bigint generated always as identity primary key,
    metric_code text not null,
    site_code text references ref.site,
    from_period date not null check (extract(day from from_period) = 1),
    value double precision not null check (value between -1e15 and 1e15),
    to_period date check (extract(day from to_period) = 1 and to_period > from_period),
    to_value double precision check (to_value between -1e15 and 1e15),
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    set_by text not null,
    set_at timestamptz not null default clock_timestamp(),
    check ((to_period is null) = (to_value is null))
);
comment on table ops.target is
'One row a target, or a trajectory: value in from_period, to_value in to_period and after, a straight line between. '
'Key: metric x site x from_period; site_code null: the whole programme. It holds until the next from_period.';

create table ops.priority (
    priority_id bigint generated always as identity primary key,
    site_code text not null references ref.site,
    metric_code text not null,
    from_period date not null check (extract(day from from_period) = 1),
    to_period date check (extract(day from to_period) = 1 and to_period >= from_period),
    rank integer not null check (rank > 0),
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    set_by text not null,
    set_at timestamptz not null default clock_timestamp()
);
comment on table ops.priority is
'One row a metric that a site chose to be shown first, up to and including to_period (null: open). '
'Key: site x metric x from_period.';

create table ops.characteristic (
    characteristic_id bigint generated always as identity primary key,
    site_code text not null references ref.site,
    characteristic text not null check (
        characteristic in (
            'population_30_50k',
            'integrated_workforce',
            'personalised_population_health',
            'unified_capitated_budget'
        )
    ),
    as_of date not null,
    level text not null check (level in ('not_started', 'partly', 'in_place')),
    evidence text not null check (length(trim(evidence)) >= 10),
    is_withdrawn boolean not null default false,
    recorded_by text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table ops.characteristic is
'One row a fact: how far a site had one of the four characteristics of the model in place on a day, and how that is '
'known. Key: site x characteristic x as_of. It holds until the next as_of.';

create table ops.rebase (
    rebase_id bigint generated always as identity primary key,
    metric_code text not null,
    site_code text references ref.site,
    from_period date not null check (extract(day from from_period) = 1),
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    signed_by text not null,
    signed_at timestamptz not null default clock_timestamp()
);
comment on table ops.rebase is
'One row a month from which an XmR chart begins anew, with limits of its own. Key: metric x site x from_period; '
'site_code null: every site.';

create function ops.never_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'Rows of ops.% are never changed or deleted: add one that stands for the earlier.', tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger never_changed before update or delete or truncate on ops.baseline
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.indirect_reference
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.target
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.priority
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.characteristic
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.rebase
for each statement execute function ops.never_changed();

create view ops.current_baseline with (security_invoker = true) as
with newest as (
    select distinct on (metric_code, site_code) *
    from ops.baseline
    order by metric_code asc, site_code asc, baseline_id desc
)

select
    baseline_id,
    metric_code,
    site_code,
    definition_version,
    period_window,
    first_period,
    last_period,
    value,
    lower_95,
    upper_95,
    numerator,
    denominator,
    coverage_pct,
    practices,
    because,
    frozen_by,
    frozen_at
from newest
where not is_withdrawn;
comment on view ops.current_baseline is 'One row a metric x site that has a frozen baseline.';

create view ops.current_reference with (security_invoker = true) as
select
    r.definition_id,
    r.sex,
    r.age_band,
    r.events,
    r.population,
    r.first_period,
    r.last_period,
    r.because,
    r.frozen_by,
    r.frozen_at
from ops.indirect_reference as r
where
    r.frozen_at = (
        select max(n.frozen_at) from ops.indirect_reference as n
        where n.definition_id = r.definition_id
    );
comment on view ops.current_reference is 'One row a version of a metric x sex x age band: the newest frozen.';

create view ops.current_target with (security_invoker = true) as
with newest as (
    select distinct on (metric_code, site_code, from_period) *
    from ops.target
    order by metric_code asc, site_code asc, from_period asc, target_id desc
)

select
    target_id,
    metric_code,
    site_code,
    from_period,
    value,
    to_period,
    to_value,
    because,
    set_by,
    set_at,
    lead(from_period) over (partition by metric_code, site_code order by from_period) as effective_to
from newest
where not is_withdrawn;
comment on view ops.current_target is
'One row a metric x site (null: programme) x from_period. Holds up to, not including, effective_to (null: open). In a '
'period with a target of the site''s own, that one counts, else the programme''s.';

create view ops.current_priority with (security_invoker = true) as
with newest as (
    select distinct on (site_code, metric_code, from_period) *
    from ops.priority
    order by site_code asc, metric_code asc, from_period asc, priority_id desc
)

select
    priority_id,
    site_code,
    metric_code,
    from_period,
    to_period,
    rank,
    because,
    set_by,
    set_at
from newest
where not is_withdrawn;
comment on view ops.current_priority is
'One row a site x metric x from_period, ended ones included. Holds up to and including to_period (null: open).';

create view ops.current_characteristic with (security_invoker = true) as
with newest as (
    select distinct on (site_code, characteristic, as_of) *
    from ops.characteristic
    order by site_code asc, characteristic asc, as_of asc, characteristic_id desc
)

select
    characteristic_id,
    site_code,
    characteristic,
    as_of,
    level,
    evidence,
    recorded_by,
    recorded_at,
    lead(as_of) over (partition by site_code, characteristic order by as_of) as effective_to
from newest
where not is_withdrawn;
comment on view ops.current_characteristic is
'One row a site x characteristic x as_of. Holds up to, not including, the day effective_to (null: until today).';

create view ops.current_rebase with (security_invoker = true) as
with newest as (
    select distinct on (metric_code, site_code, from_period) *
    from ops.rebase
    order by metric_code asc, site_code asc, from_period asc, rebase_id desc
)

select
    rebase_id,
    metric_code,
    site_code,
    from_period,
    because,
    signed_by,
    signed_at
from newest
where not is_withdrawn;
comment on view ops.current_rebase is 'One row a metric x site (null: every site) x from_period.';

-- The models' role freezes what the models made, and can do nothing else here. What people declare is written as the
-- owner, like their other decisions.
grant insert on ops.baseline, ops.indirect_reference to dbt;
