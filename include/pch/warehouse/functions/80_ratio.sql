-- stat.ratio(y, x, multiplier, confidence): a quotient of two sums, such as money per patient, with limits from
-- how much its parts (the practices of a site) differ, one row.
--
-- The parts are taken as clusters drawn from many like them; the variance is the linearised one (delta method):
--     r = sum(y) / sum(x), variance = k / (k - 1) * sum((y - r x)^2) / sum(x)^2, limits by Student's t, k - 1
-- Source: W. G. Cochran, Sampling Techniques, 3rd edition (1977), 6.4 and 2.11, without finite-population
-- correction. It is a large-sample formula: with fewer than some ten parts the limits tend to be too near.
--
-- Units: one element per part, both arrays in the same order: y an amount (may be negative: money comes back), x
-- a size (0 accepted); a part with 0 of both says nothing and is not counted. value, lower and upper are y per
-- `multiplier` of x; confidence two-sided, a share. The lower limit is not cut off at 0.
-- A single part has a value but no limits.
-- Refused (all three NULL): any y or x NULL (a missing amount is not 0), infinite or NaN; any x negative, or all
-- of them 0; arrays that are NULL or of different lengths; multiplier not above 0; confidence not between 0 and 1.

create or replace function stat.ratio(
    y double precision[],
    x double precision[],
    multiplier double precision default 1,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
declare
    valid integer;
    parts integer;
    total double precision;
    size double precision;
    squares double precision;
    half double precision;
begin
    if (cardinality(y) = cardinality(x)
        and stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    select count(*), count(*) filter (where u.x > 0 or u.y <> 0), sum(u.y), sum(u.x)
    into valid, parts, total, size
    from unnest(ratio.y, ratio.x) as u (y, x)
    where stat.is_count(abs(u.y)) and stat.is_count(u.x);
    if (valid = cardinality(y) and stat.is_size(size)) is not true then
        return;
    end if;

    value := multiplier * (total / size);
    if parts > 1 then
        select sum(power(u.y - total / size * u.x, 2)) into squares from unnest(ratio.y, ratio.x) as u (y, x);
        half := stat.student_t_quantile((1 + confidence) / 2, parts - 1)
            * multiplier * (sqrt(parts * squares / (parts - 1)) / size);
        lower := value - half;
        upper := value + half;
    end if;
end
$$;

comment on function stat.ratio is
'Quotient of sums, sum(y) / sum(x) times multiplier, with limits from the differences between its parts: '
'value, lower, upper; limits NULL for a single part, all NULL for a refused input. '
'Call it with CROSS JOIN LATERAL.';
