-- Drop folders: what was picked up from them, and what lies in them and is not settled yet.

create table ops.dropped_file (
    dropped_file_id bigint generated always as identity primary key,
    source text not null,
    file_path text not null,
    fingerprint text not null,
    bytes bigint not null,
    site_code text,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    submission_id bigint references ops.submission,
    refusal text,
    recorded_at timestamptz not null default clock_timestamp(),
    check ((submission_id is null) <> (refusal is null)),
    check (submission_id is null or sha256 is not null)
);
create index on ops.dropped_file (source, file_path, dropped_file_id);
comment on table ops.dropped_file is
'One row a state of a file in a drop folder that was received or refused. The file stays where it is.';
comment on column ops.dropped_file.fingerprint is
'What the source said of the file and of its checksum file: size, and time or tag. It is read again when this changes.';
comment on column ops.dropped_file.site_code is 'The registered site whose prefix the file was under; null: nobody''s.';
comment on column ops.dropped_file.sha256 is
'Of the bytes that were read; null where the name or the size was enough to refuse them.';

create table ops.drop_sighting (
    source text not null,
    file_path text not null,
    fingerprint text not null,
    bytes bigint not null,
    seen_at timestamptz not null default clock_timestamp(),
    problem text,
    primary key (source, file_path)
);
comment on table ops.drop_sighting is
'One row a file in a drop folder that is not settled: since when it is as it is, what is in its way. Transient.';

-- A site sees what became of the files under its own prefix.
alter table ops.dropped_file enable row level security;
create policy everybody_else on ops.dropped_file to intake, loader, dbt, analyst using (true) with check (true);
create policy served_site on ops.dropped_file to door using (ops.is_served(site_code));

grant select on ops.dropped_file to door;
grant insert on ops.dropped_file to intake;
grant insert, update, delete on ops.drop_sighting to intake;
