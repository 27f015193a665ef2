-- stat.dsr_squares(x, q, n, w, multiplier, confidence): a directly standardised rate of events that come in
-- clusters (several admissions of one person, several days of one stay), with Dobson's limits, one row.
--
-- Events of one person are not independent: what varies is the number of people (or stays), each bringing f
-- events. The variance of a stratum's events is then q, the sum over its people of f squared, in place of x,
-- the sum of f; with one event each q = x and this is stat.dsr. Value and limits are otherwise those of
-- stat.dsr, which calls this:
--     value = m * sum(w x / n) / sum(w)
--     lower = value + m * sqrt(sum(w^2 q / n^2) / O) / sum(w) * (L - O), with O = sum(x), and upper alike.
-- Source: Dobson et al., Statistics in Medicine 10 (1991) 457-462; OHID's technical guidance and
-- PHEindicatormethods::calculate_dsr for non-independent events.
--
-- Units: one element per stratum, all four arrays in the same order: x events (NULL counts as 0), q sum of
-- squares, n population or person-time, w standard population. value, lower and upper are events per
-- `multiplier` of n; confidence two-sided, a share.
-- Refused (all three NULL): whatever stat.dsr refuses, fewer than 10 events among it; and a stratum with events
-- whose q is NULL, negative or 0 (limits too near), or with a q other than 0 and no events.

create or replace function stat.dsr_squares(
    x double precision[],
    q double precision[],
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
    if (cardinality(x) = cardinality(n) and cardinality(x) = cardinality(w) and cardinality(x) = cardinality(q)
        and stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    select
        count(*), sum(s.events), sum(s.weight),
        sum(s.weight * s.events / s.size), sum(s.weight * s.weight * s.squares / (s.size * s.size))
    into strata, events, weight, weighted_rate, weighted_variance
    from (
        select coalesce(u.x, 0) as events, coalesce(u.q, 0) as squares, u.n as size, u.w as weight
        from unnest(dsr_squares.x, dsr_squares.q, dsr_squares.n, dsr_squares.w) as u (x, q, n, w)
    ) as s
    where
        stat.is_count(s.events) and stat.is_count(s.squares) and (s.events = 0) = (s.squares = 0)
        and stat.is_size(s.size) and stat.is_count(s.weight);

    if strata = cardinality(x) and events between 10 and 1e15 and weight > 0 then
        value := multiplier * (weighted_rate / weight);
        stretch := multiplier * (sqrt(weighted_variance / events) / weight);
        lower := value + stretch * (stat.count_lower(events, confidence) - events);
        upper := value + stretch * (stat.count_upper(events, confidence) - events);
    end if;
end
$$;

comment on function stat.dsr_squares is
'Directly standardised rate of events that come in clusters: strata of x events, q the sum over people (or '
'stays) of their events squared, n population, w standard population. value, lower, upper per multiplier; all '
'NULL below 10 events or for a refused input. Call it with CROSS JOIN LATERAL.';
