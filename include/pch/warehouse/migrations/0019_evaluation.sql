-- What pch.evaluation found, once an evaluation: appended by role evaluator, never changed. Effects are per cent of
-- what would have been (-4: four per cent fewer); avoided is expected less observed. area_type: site, wave, region,
-- programme ('programme' has area_code 'all').
create schema eval authorization owner;
grant usage on schema eval to evaluator, dbt, analyst;
grant usage on schema ref, ops, mart, stat to evaluator;
grant select on all tables in schema mart to evaluator;
alter default privileges for role dbt in schema mart grant select on tables to evaluator;

create table ref.outcome (
    outcome text primary key,
    outcome_order integer not null,
    title text not null,
    metric_code text not null,
    variant text,
    events_measure text not null,
    population_measure text not null,
    is_standardised boolean not null,
    is_money boolean not null,
    is_placebo boolean not null
);
comment on table ref.outcome is
'One row an outcome of the evaluation (registry/evaluation.yml): events of a population, of the practices whose data '
'are in a metric or in a variant of it.';
grant select on ref.outcome to dbt, analyst, evaluator;

create table eval.evaluation (
    evaluation_id bigint generated always as identity primary key,
    first_period date not null,
    last_period date not null,
    panel_sha256 text not null,
    code_version text not null,
    settings jsonb not null,
    seed integer not null,
    run_by text not null,
    because text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
);
comment on table eval.evaluation is
'One row an evaluation: the months it used, the checksum of the panel, and the settings (registry/evaluation.yml).';

create table eval.estimate (
    evaluation_id bigint not null references eval.evaluation,
    outcome text not null,
    method text not null check (
        method in ('staggered', 'interrupted_series', 'synthetic_control', 'before_after')
    ),
    area_type text not null check (area_type in ('site', 'wave', 'region', 'programme')),
    area_code text not null,
    first_period date,
    last_period date,
    sites_count integer not null,
    site_months_count integer not null,
    covered_pct double precision,
    effect_pct double precision,
    effect_lower_95 double precision,
    effect_upper_95 double precision,
    observed double precision,
    expected double precision,
    avoided double precision,
    avoided_lower_95 double precision,
    avoided_upper_95 double precision,
    detectable_effect_pct double precision,
    verdict text not null check (verdict in ('lower', 'higher', 'no_effect_shown', 'cannot_conclude')),
    reason text,
    primary key (evaluation_id, outcome, method, area_type, area_code)
);
comment on table eval.estimate is
'One row an evaluation x outcome x method x area: the effect of the programme on it, with its 95% interval.';
comment on column eval.estimate.covered_pct is
'Share of the months worked with patients that could be compared with anybody (0 to 100).';
comment on column eval.estimate.detectable_effect_pct is 'Smallest effect that would be seen in 80 of 100 cases.';

create table eval.diagnostic (
    evaluation_id bigint not null references eval.evaluation,
    outcome text not null,
    method text not null,
    area_type text not null,
    area_code text not null,
    diagnostic text not null,
    is_passed boolean,
    statistic double precision,
    p_value double precision,
    finding text not null,
    primary key (evaluation_id, outcome, method, area_type, area_code, diagnostic)
);
comment on table eval.diagnostic is
'One row an estimate x test of what it rests on: pre_trend, placebo_date, placebo_outcome, leave_one_out, power, '
'inputs, fit, autocorrelation. is_passed null: could not be made.';

create table eval.event (
    evaluation_id bigint not null references eval.evaluation,
    outcome text not null,
    area_type text not null,
    area_code text not null,
    relative_month integer not null,
    sites_count integer not null,
    effect_pct double precision not null,
    effect_lower_95 double precision not null,
    effect_upper_95 double precision not null,
    primary key (evaluation_id, outcome, area_type, area_code, relative_month)
);
comment on table eval.event is
'One row an evaluation x outcome x area x month before (negative) or since the programme went live (0).';

create table eval.course (
    evaluation_id bigint not null references eval.evaluation,
    outcome text not null,
    method text not null,
    area_type text not null,
    area_code text not null,
    period date not null,
    observed double precision not null,
    expected double precision not null,
    lower_95 double precision,
    upper_95 double precision,
    primary key (evaluation_id, outcome, method, area_type, area_code, period)
);
comment on table eval.course is
'One row an estimate x month: what was observed, and what would have been without the programme.';

create table eval.worth (
    evaluation_id bigint not null references eval.evaluation,
    metric_code text not null check (metric_code in ('CE01', 'CE02', 'CE03')),
    variant text not null,
    area_type text not null,
    area_code text not null,
    value double precision,
    lower_95 double precision,
    upper_95 double precision,
    unit text not null,
    numerator double precision,
    denominator double precision,
    verdict text not null,
    reason text,
    assumptions jsonb not null,
    primary key (evaluation_id, metric_code, variant, area_type, area_code)
);
comment on table eval.worth is
'One row an evaluation x metric of cost-effectiveness x variant x area, with the assumptions it rests on.';

create table eval.plane (
    evaluation_id bigint not null references eval.evaluation,
    area_type text not null,
    area_code text not null,
    draw integer not null,
    net_cost_gbp_per_1000 double precision not null,
    avoided_per_1000 double precision not null,
    primary key (evaluation_id, area_type, area_code, draw)
);
comment on table eval.plane is
'One row a point of the cost-effectiveness plane: net cost and admissions avoided, per 1,000 person-years.';

create table eval.acceptability (
    evaluation_id bigint not null references eval.evaluation,
    area_type text not null,
    area_code text not null,
    gbp_per_admission double precision not null,
    probability double precision not null check (probability between 0 and 1),
    primary key (evaluation_id, area_type, area_code, gbp_per_admission)
);
comment on table eval.acceptability is
'One row a price put on an admission avoided: how likely the programme is worth it at that price.';

create table eval.claim_result (
    evaluation_id bigint not null references eval.evaluation,
    claim_id bigint not null references ops.claim,
    status text not null check (status in ('supported', 'not_supported', 'not_yet_testable')),
    method text,
    estimate double precision,
    lower_95 double precision,
    upper_95 double precision,
    share_of_group_pct double precision,
    finding text not null,
    primary key (evaluation_id, claim_id)
);
comment on table eval.claim_result is
'One row an evaluation x claim: what the estimate bound to it says of it.';

grant select, insert on all tables in schema eval to evaluator;
grant select on all tables in schema eval to dbt, analyst;
grant select on ops.current_claim, ops.claim, ops.build, ref.site, ref.period, ref.metric, ref.unit_cost,
ref.hourly_cost, ref.deflator to evaluator;
create trigger never_changed before update or delete or truncate on eval.evaluation
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.estimate
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.diagnostic
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.event
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.course
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.worth
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.plane
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.acceptability
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on eval.claim_result
for each statement execute function ops.never_changed();

create view eval.current_evaluation with (security_invoker = true) as
select
    evaluation_id,
    first_period,
    last_period,
    panel_sha256,
    code_version,
    settings,
    seed,
    run_by,
    because,
    started_at,
    finished_at
from eval.evaluation
order by evaluation_id desc limit 1;
comment on view eval.current_evaluation is 'One row: the newest evaluation.';
grant select on eval.current_evaluation to evaluator, dbt, analyst;
