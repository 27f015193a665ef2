-- What a programme costs and whether it is worth it: what is declared of it (grants, budgets, claims), and what
-- pch.evaluation found. Everything is appended and never changed; what is in force is in the views.
alter table ref.site add column went_live date;
comment on column ref.site.went_live is
'Day on which the site''s programme began to work with patients: the months before are what its effect is measured '
'against. Null: not yet, or not known.';

create table ref.asset_life (
    cost_category text not null,
    valid_from date not null,
    from_gbp numeric(12, 2) not null check (from_gbp >= 0),
    life_months integer not null check (life_months > 0),
    source text not null,
    primary key (cost_category, valid_from)
);
comment on table ref.asset_life is
'One row a category of cost x first day it is valid: a purchase of from_gbp or more is capital, and spread evenly over '
'life_months from its month on.';

create table ops.grant_award (
    grant_award_id bigint generated always as identity primary key,
    site_code text not null references ref.site,
    funding_source text not null check (
        funding_source in ('start_up_grant', 'per_patient_grant', 'commissioner', 'own')
    ),
    awarded_on date not null,
    amount_gbp numeric(14, 2) not null check (amount_gbp > 0),
    first_period date not null check (extract(day from first_period) = 1),
    last_period date not null check (extract(day from last_period) = 1),
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    awarded_by text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    check (last_period >= first_period)
);
comment on table ops.grant_award is
'One row a grant: money that a site was given from a source, to spend from first_period to last_period. Key: site x '
'funding_source x awarded_on.';

create table ops.budget (
    budget_id bigint generated always as identity primary key,
    site_code text references ref.site,
    from_period date not null check (extract(day from from_period) = 1),
    gbp_per_weighted_person_month numeric(10, 4) not null check (gbp_per_weighted_person_month > 0),
    gain_share_pct double precision not null check (gain_share_pct between 0 and 100),
    loss_share_pct double precision not null check (loss_share_pct between 0 and 100),
    corridor_pct double precision not null check (corridor_pct between 0 and 100),
    cap_pct double precision not null check (cap_pct between 0 and 100),
    collar_pct double precision not null check (collar_pct between 0 and 100),
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    signed_by text not null,
    signed_at timestamptz not null default clock_timestamp()
);
comment on table ops.budget is
'One row a unified, capitated budget and its rule of sharing. Key: site (null: every site without one of its own) x '
'from_period; it holds until the next from_period. Nominal pounds of the month.';
comment on column ops.budget.corridor_pct is
'Differences up to this share of the budget are left where they fall; beyond it, the excess is shared.';
comment on column ops.budget.gain_share_pct is 'Share of the excess of a surplus that the site keeps.';
comment on column ops.budget.loss_share_pct is 'Share of the excess of a deficit that the site bears.';
comment on column ops.budget.cap_pct is 'A site gains at most this share of its budget.';
comment on column ops.budget.collar_pct is 'A site bears at most this share of its budget.';

create table ops.claim (
    claim_id bigint generated always as identity primary key,
    claim_code text not null check (claim_code ~ '^[A-Z0-9][A-Z0-9-]{1,39}$'),
    site_code text references ref.site,
    statement text not null check (length(trim(statement)) >= 10),
    source text not null check (length(trim(source)) >= 5),
    claimed_on date not null,
    quantity text not null check (quantity in ('gbp_saved', 'admissions_avoided', 'change')),
    metric_code text not null,
    definition_version integer not null,
    first_period date not null check (extract(day from first_period) = 1),
    last_period date not null check (extract(day from last_period) = 1),
    claimed double precision not null,
    claimed_before double precision,
    overlap_group text not null,
    is_withdrawn boolean not null default false,
    because text not null check (length(trim(because)) >= 10),
    registered_by text not null,
    registered_at timestamptz not null default clock_timestamp(),
    check (last_period >= first_period),
    check ((quantity = 'change') = (claimed_before is not null))
);
comment on table ops.claim is
'One row a public claim, bound to a version of a metric. Key: claim_code. gbp_saved and admissions_avoided: claimed is '
'the amount; change: the metric went from claimed_before to claimed. Claims of one overlap_group speak of the same '
'saving: no admission is saved twice.';

create trigger never_changed before update or delete or truncate on ops.grant_award
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.budget
for each statement execute function ops.never_changed();
create trigger never_changed before update or delete or truncate on ops.claim
for each statement execute function ops.never_changed();

create view ops.current_grant_award with (security_invoker = true) as
with newest as (
    select distinct on (site_code, funding_source, awarded_on) *
    from ops.grant_award
    order by site_code asc, funding_source asc, awarded_on asc, grant_award_id desc
)

select
    grant_award_id,
    site_code,
    funding_source,
    awarded_on,
    amount_gbp,
    first_period,
    last_period,
    because,
    awarded_by,
    recorded_at
from newest
where not is_withdrawn;
comment on view ops.current_grant_award is 'One row a site x funding source x day of award.';

create view ops.current_budget with (security_invoker = true) as
with newest as (
    select distinct on (site_code, from_period) *
    from ops.budget
    order by site_code asc, from_period asc, budget_id desc
)

select
    budget_id,
    site_code,
    from_period,
    gbp_per_weighted_person_month,
    gain_share_pct,
    loss_share_pct,
    corridor_pct,
    cap_pct,
    collar_pct,
    because,
    signed_by,
    signed_at,
    lead(from_period) over (partition by site_code order by from_period) as effective_to
from newest
where not is_withdrawn;
comment on view ops.current_budget is
'One row a site (null: every other) x from_period. Holds up to, not including, effective_to (null: open).';

create view ops.current_claim with (security_invoker = true) as
with newest as (
    select distinct on (claim_code) *
    from ops.claim
    order by claim_code asc, claim_id desc
)

select
    claim_id,
    claim_code,
    site_code,
    statement,
    source,
    claimed_on,
    quantity,
    metric_code,
    definition_version,
    first_period,
    last_period,
    claimed,
    claimed_before,
    overlap_group,
    because,
    registered_by,
    registered_at
from newest
where not is_withdrawn;
comment on view ops.current_claim is 'One row a claim.';

grant select on ref.asset_life, ops.current_grant_award, ops.grant_award, ops.current_budget, ops.budget,
ops.current_claim, ops.claim to dbt, analyst;
