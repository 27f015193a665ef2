-- Declared facts. Loaded from the registry and from the register of sites; never from a return.
create table ref.site (
    site_code text primary key check (site_code ~ '^[A-Z0-9]{3,12}$'),
    site_name text not null,
    region text,
    start_date date not null,
    end_date date
);
comment on table ref.site is 'One row a Primary Care Home. start_date: first day in the programme.';

create table ref.practice (practice_code text primary key check (practice_code ~ '^[A-Z][0-9]{5}$'));
comment on table ref.practice is 'One row a general practice (ODS code).';

create table ref.membership (
    practice_code text not null references ref.practice,
    site_code text not null references ref.site,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    primary key (practice_code, site_code, valid_from)
);
comment on table ref.membership is
'Which practice belongs to which site, from valid_from up to, not including, valid_to; one site a day.';

create table ref.period (
    period date primary key check (extract(day from period) = 1),
    financial_year text not null,
    primary_close_at timestamptz not null,
    refresh_close_at timestamptz not null
);
comment on table ref.period is
'One row a month. It closes with the 10th working day (Europe/London) of the next month and of the one after.';

create table ref.feed (
    feed text primary key,
    title text not null,
    contract_version integer not null,
    names_practices boolean not null
);
comment on table ref.feed is 'One row a feed contract. names_practices: every row names the practice it is about.';

create table ref.metric (
    metric_code text primary key,
    metric_name text not null,
    aim text not null,
    why text not null,
    numerator_measure text not null,
    denominator_measure text not null,
    exclusions text not null,
    feeds text[] not null,
    unit text not null,
    multiplier double precision not null,
    polarity text not null,
    method text not null,
    period_windows text[] not null,
    cohort text not null,
    minimum_coverage_pct double precision not null,
    source text not null,
    source_read_date date,
    author text not null,
    checker text,
    next_review_date date not null,
    definition_version integer not null
);
comment on table ref.metric is 'One row a metric of the defined set, as declared in the registry.';

create table ref.standard_population (
    age_band text primary key,
    band_order integer not null unique,
    standard_population integer not null
);
comment on table ref.standard_population is 'European Standard Population 2013 in nineteen bands.';

create table ref.deflator (financial_year text primary key, deflator_index numeric(8, 3) not null);
comment on table ref.deflator is 'GDP deflator by financial year; base year = 100.';

create table ref.hourly_cost (
    staff_role text not null,
    valid_from date not null,
    gbp_per_hour numeric(10, 2) not null,
    source text not null,
    primary key (staff_role, valid_from)
);
comment on table ref.hourly_cost is 'What an hour of staff time is worth, in pounds of the year of valid_from.';

grant select on all tables in schema ref to intake, loader, dbt, analyst;
grant insert on ref.period to intake, loader;
alter default privileges in schema ref grant select on tables to intake, loader, dbt, analyst;
