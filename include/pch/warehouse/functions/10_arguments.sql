-- Schema `stat`: the statistics of the metrics, one implementation for models and for people with a BI tool.
--
-- Every function here is IMMUTABLE and PARALLEL SAFE, needs no extension (Postgres 15 or later) and never
-- raises: an input it refuses gives NULL, or a row of NULLs. This file says which inputs are accepted at all.
-- The limits lie far outside anything that can be counted; inside them no later product or quotient can
-- overflow or underflow, which Postgres would raise as an error. NaN and the infinities fall outside.
--
-- The files of this folder are applied in lexical order, as often as wished.

create schema if not exists stat;

-- Pure arithmetic on the caller's own arguments: nothing here reads a table, so everybody may call it.
grant usage on schema stat to public;

create or replace function stat.is_count(x double precision) returns boolean
language sql immutable parallel safe
return x = 0 or x between 1e-15 and 1e15;

create or replace function stat.is_size(n double precision) returns boolean
language sql immutable parallel safe
return n between 1e-15 and 1e15;

create or replace function stat.is_confidence(c double precision) returns boolean
language sql immutable parallel safe
return c between 1e-9 and 1 - 1e-9;

comment on function stat.is_count is
'True for a number of events (or a weight) that the functions of schema stat accept: 0, or 1e-15 to 1e15. '
'Fractions are welcome. NULL for NULL.';
comment on function stat.is_size is
'True for a denominator or a multiplier that the functions of schema stat accept: 1e-15 to 1e15, so above 0. '
'NULL for NULL.';
comment on function stat.is_confidence is
'True for a two-sided confidence level that the functions of schema stat accept: a share such as 0.95 or '
'0.998, never a percentage. NULL for NULL.';
