-- stat.dsr(x, n, w, multiplier, confidence): a directly standardised rate with Dobson's limits, one row.
--
-- Source: Dobson, Kuulasmaa, Eberle and Scherer, Statistics in Medicine 10 (1991) 457-462, on Byar's limits
-- of the total count, as in OHID's technical guidance and PHEindicatormethods::calculate_dsr (independent
-- events). With O the sum of x and L its lower limit:
--     value = m * sum(w x / n) / sum(w)
--     lower = value + m * sqrt(sum(w^2 x / n^2) / O) / sum(w) * (L - O), and upper alike.
-- The lower limit can be negative: it is not cut off at 0.
--
-- Units: one element per stratum, all three arrays in the same order: x events (NULL counts as 0; fractions
-- accepted), n population or person-time, w standard population (only ratios matter; a stratum with w = 0
-- counts towards O, not towards the rate). value, lower and upper are events per `multiplier` of n;
-- confidence two-sided, a share.
-- Refused (all three NULL): fewer than 10 events in all; any n NULL or not above 0, also in a stratum without
-- events (leaving the stratum out is another calculation: its weight is shared out among the others in
-- silence); any w NULL or negative, or all of them 0 (0/0 is NULL here, never NaN); any x negative; anything
-- infinite or NaN; arrays that are NULL or of different lengths; multiplier not above 0; confidence not
-- between 0 and 1.

create or replace function stat.dsr(
    x double precision[],
    n double precision[],
    w double precision[],
    multiplier double precision default 100000,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
begin
    -- One event a person: the sum of their squares is their number.
    select d.value, d.lower, d.upper
    into value, lower, upper
    from stat.dsr_squares(x, x, n, w, multiplier, confidence) as d;
end
$$;

comment on function stat.dsr is
'Directly standardised rate of strata (x events, n population, w standard population) per multiplier, with '
'Dobson''s limits: value, lower, upper; all NULL below 10 events or for a refused input. '
'Call it with CROSS JOIN LATERAL.';
