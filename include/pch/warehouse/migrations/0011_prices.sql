-- What activity costs, and what weighs patients by their need of medicines. Both dated.
create table ref.unit_cost (
    measure_code text not null,
    part text not null,
    valid_from date not null,
    gbp numeric(10, 2) not null check (gbp >= 0),
    source text not null,
    primary key (measure_code, valid_from)
);
comment on table ref.unit_cost is
'One row a measure of activity x first day the price is valid: what one event costs, in pounds of that year, and which '
'part of the whole cost it is.';

create table ref.astro_pu (
    sex text not null check (sex in ('female', 'male')),
    age_band text not null,
    valid_from date not null,
    weight double precision not null check (weight > 0),
    primary key (sex, age_band, valid_from)
);
comment on table ref.astro_pu is
'One row a sex x age band x first day it is valid: prescribing units (ASTRO-PU, by cost) that one patient stands for.';
grant select on ref.unit_cost, ref.astro_pu to intake, loader, dbt, analyst;
