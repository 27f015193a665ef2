-- Metrics have versions; sites and practices have what peers are found by.
alter table ref.metric drop constraint metric_pkey;
alter table ref.metric
add column definition_id text primary key,
add column variant text,
add column is_newest boolean not null,
add column effective_from date,
add column effective_to date,
add column signed_by text,
add column signed_on date,
add column squares_measure text,
add column nominal_measure text,
add column volume_measure text,
add column age_from integer,
add column worthwhile_change_pct double precision not null,
add unique nulls not distinct (metric_code, definition_version, variant);
comment on table ref.metric is
'One row a version of a metric of the defined set, and one for each variant made beside it. The published series '
'takes a version from effective_from on, up to, not including, effective_to (null: from the beginning, open).';

alter table ref.site
add column wave text,
add column rural_pct double precision check (rural_pct between 0 and 100);
comment on column ref.site.wave is 'Group of sites that started together; where the register names none, the financial '
'year of the start.';
comment on column ref.site.rural_pct is 'Share of the patients who live in rural areas, 0 to 100; null: not known.';

alter table ref.practice add column imd_quintile integer check (imd_quintile between 1 and 5);
comment on column ref.practice.imd_quintile is
'National fifth of deprivation of the practice''s patients: 1 the most deprived, 5 the least; null: not known.';
