-- stat.quantile(rank, n, k): which of k equal groups (quintiles: k = 5) the one at `rank` of n belongs to.
--
-- For models: stat.quantile(rank() over w, count(x) over (...), 5); equal values share the smallest rank and so
-- a group. Ranked from the largest down, group 1 holds the highest values. Leave missing values out.
-- Source: OHID's technical guidance, PHEindicatormethods::phe_quantile:
--     floor(k + 1 - ceil((n + 1 - rank) / (n / k))), and 1 where that gives 0
-- written in whole numbers, which do not round (and never give 0).
--
-- Refused (NULL): anything NULL, k below 1, n below k (too few to group), rank not from 1 to n.

create or replace function stat.quantile(rank bigint, n bigint, k integer) returns integer
language sql immutable parallel safe
return case
    when rank between 1 and n and k between 1 and n and n <= 1000000000
        then (k + 1 - ((n + 1 - rank) * k + n - 1) / n)::integer
end;

comment on function stat.quantile is
'The group, 1 to k, of the one at rank (1 to n) when n are shared out into k equal groups; NULL where n is '
'below k or for a refused input.';
