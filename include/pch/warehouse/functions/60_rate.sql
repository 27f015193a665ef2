-- stat.rate(x, n, multiplier, confidence): a crude rate with exact Poisson (x < 10) or Byar limits, one row.
--
-- Source: OHID's technical guidance and PHEindicatormethods::phe_rate; the limits are those of the count x
-- (40_count_limits.sql) divided by n. x may exceed n.
--
-- Units: x events over n of exposure (people, person-years, weighted counts; fractions accepted); value,
-- lower and upper are events per `multiplier` of that exposure; confidence two-sided, a share.
-- Refused (all three NULL): anything NULL, infinite or NaN, x below 0, n not above 0, multiplier not above 0,
-- confidence not between 0 and 1. 0 over 0, for which the package stops, is NULL as well, never NaN.
-- The package also refuses a confidence below 0.9; this function does not.

create or replace function stat.rate(
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
begin
    if (stat.is_count(x) and stat.is_size(n)
        and stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    value := multiplier * (x / n);
    lower := multiplier * (stat.count_lower(x, confidence) / n);
    upper := multiplier * (stat.count_upper(x, confidence) / n);
end
$$;

comment on function stat.rate is
'Crude rate x / n times multiplier, with exact Poisson limits below 10 events and Byar''s from 10: '
'value, lower, upper; all NULL for a refused input. Call it with CROSS JOIN LATERAL.';
