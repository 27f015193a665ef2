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
declare
    strata integer;
    events double precision;
    weight double precision;
    weighted_rate double precision;
    weighted_variance double precision;
    stretch double precision;
begin
    if (cardinality(x) = cardinality(n) and cardinality(x) = cardinality(w)
        and stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    select
        count(*), sum(s.events), sum(s.weight),
        sum(s.weight * s.events / s.size), sum(s.weight * s.weight * s.events / (s.size * s.size))
    into strata, events, weight, weighted_rate, weighted_variance
    from (
        select coalesce(u.x, 0) as events, u.n as size, u.w as weight
        from unnest(dsr.x, dsr.n, dsr.w) as u (x, n, w)
    ) as s
    where stat.is_count(s.events) and stat.is_size(s.size) and stat.is_count(s.weight);

    if strata = cardinality(x) and events between 10 and 1e15 and weight > 0 then
        value := multiplier * (weighted_rate / weight);
        stretch := multiplier * (sqrt(weighted_variance / events) / weight);
        lower := value + stretch * (stat.count_lower(events, confidence) - events);
        upper := value + stretch * (stat.count_upper(events, confidence) - events);
    end if;
end
$$;

comment on function stat.dsr is
'Directly standardised rate of strata (x events, n population, w standard population) per multiplier, with '
'Dobson''s limits: value, lower, upper; all NULL below 10 events or for a refused input. '
'Call it with CROSS JOIN LATERAL.';
