-- Which role of the database is which site's. A site's role reads schema bi and there its own rows only
-- (dbt_project/macros/row_security.sql); pch.warehouse.site_roles makes and drops the roles.
create table ops.site_role (
    site_role_id bigint generated always as identity primary key,
    role_name name not null,
    site_code text not null references ref.site,
    granted_by text not null,
    granted_at timestamptz not null default clock_timestamp(),
    revoked_at timestamptz check (revoked_at >= granted_at)
);
create unique index on ops.site_role (role_name) where revoked_at is null;
comment on table ops.site_role is
'One row a role of the database that a site was given; revoked_at: it was taken away.';

-- The policies ask it of current_user. It runs as its owner: a site's role reads nothing of the ledger.
create function ops.site_of(asking name) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.site_code from ops.site_role as s where s.role_name = asking and s.revoked_at is null
$$;
comment on function ops.site_of is 'The site whose rows a role of the database may read in schema bi; NULL for none.';

comment on schema bi is
'What BI tools see: metrics, sites and months, and the figures about them, under disclosure control.';
