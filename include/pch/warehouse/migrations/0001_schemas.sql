-- The schemas, and who may do what in them. Tables are granted where they are made; the defaults below
-- hold for tables that come later. Nobody but the owner creates anything, except dbt in its own schemas.
create schema ops;
create schema ref;
create schema raw;
create schema stat;
create schema stg authorization dbt;
create schema int authorization dbt;
create schema mart authorization dbt;
create schema bi authorization dbt;

revoke all on schema public from public;

grant usage on schema ops, ref to intake, loader, dbt, analyst;
grant usage on schema raw to loader, dbt, analyst;
grant usage on schema stat to dbt, analyst, bi_reader;
grant usage on schema stg, int, mart, bi to analyst;
grant usage on schema bi to bi_reader;
alter default privileges for role dbt in schema stg, int, mart, bi grant select on tables to analyst;
alter default privileges for role dbt in schema bi grant select on tables to bi_reader;

comment on schema ops is 'The ledger: what was expected, arrived, was found and was decided. Append-only.';
comment on schema ref is 'Declared facts: sites, membership, periods, metrics, prices, standard populations.';
comment on schema raw is 'Typed rows of accepted submissions, a table a feed, a partition a month.';
comment on schema stat is 'Statistics that models and people call alike.';
