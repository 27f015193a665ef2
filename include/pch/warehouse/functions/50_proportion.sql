-- stat.proportion(x, n, multiplier, confidence): a proportion with Wilson score limits, one row.
--
-- Source: E. B. Wilson, JASA 22 (1927) 209-212, without continuity correction, as in OHID's technical
-- guidance and PHEindicatormethods::phe_proportion. The lower limit is written as
-- 2 x^2 / (n (2x + z^2 + root)), equal to the textbook's but without its subtraction of near-equal numbers:
-- 0 events give exactly 0.
--
-- Units: x of n people (fractions accepted); value, lower and upper per `multiplier` (1: a share, 100: per
-- cent); confidence two-sided, a share.
-- Refused (all three NULL): anything NULL, infinite or NaN, x below 0 or above n, n not above 0, multiplier
-- not above 0, confidence not between 0 and 1. 0 of 0, for which the package stops, is NULL as well, never
-- NaN. The package also refuses a confidence below 0.9; this function does not.

create or replace function stat.proportion(
    x double precision,
    n double precision,
    multiplier double precision default 1,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
declare
    z double precision;
    a double precision;
    root double precision;
begin
    if (stat.is_count(x) and stat.is_size(n) and x <= n
        and stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    z := stat.normal_quantile((1 - confidence) / 2);
    a := 2 * x + z * z;
    root := abs(z) * sqrt(z * z + 4 * x * (1 - x / n));
    value := multiplier * (x / n);
    lower := multiplier * (2 * x * (x / n) / (a + root));
    upper := case when x = n then multiplier else multiplier * ((a + root) / (2 * (n + z * z))) end;
end
$$;

comment on function stat.proportion is
'Proportion x of n times multiplier, with Wilson score limits: value, lower, upper; all NULL for a refused '
'input. Call it with CROSS JOIN LATERAL.';
