-- stat.indirect_ratio and stat.indirect_rate(x, n, ref_x, ref_n, scale or multiplier, confidence): observed
-- events beside those expected at a reference's rates, with exact Poisson (observed < 10) or Byar limits.
--
-- Source: OHID's technical guidance, PHEindicatormethods::calculate_ISRatio and calculate_ISRate:
--     expected = sum(ref_x / ref_n * n), observed = sum(x)
--     ratio = scale * observed / expected, rate = multiplier * sum(ref_x) / sum(ref_n) * observed / expected
-- and the limits are those of the count observed (40_count_limits.sql) in its place.
--
-- Units: one element per stratum, all four arrays in the same order: x events and n population of the site,
-- ref_x and ref_n those of the reference; NULL x, n and ref_x count as 0, and n may be 0, as in the package.
-- scale 1: a ratio, 100: a percentage; multiplier: events per so many of n. confidence two-sided, a share.
-- Where nothing is expected the package answers infinity or NaN: here value and limits are NULL, observed and
-- expected stay. So they do, with expected NULL as well, where any ref_n is NULL or not above 0 (the package:
-- missing, NaN or infinite, and then a ratio of 0).
-- Refused (all five NULL): anything negative, infinite or NaN; arrays that are NULL, empty or of different
-- lengths; scale or multiplier not above 0; confidence not between 0 and 1.

create or replace function stat.indirect_parts(
    x double precision[],
    n double precision[],
    ref_x double precision[],
    ref_n double precision[],
    out observed double precision,
    out expected double precision,
    out ref_rate double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (cardinality(x) > 0 and cardinality(x) = cardinality(n) and cardinality(x) = cardinality(ref_x)
        and cardinality(x) = cardinality(ref_n)) is not true then
        return;
    end if;
    select
        case when count(s.x) = cardinality(indirect_parts.x) then sum(s.x) end,
        case when count(s.ref_n) = cardinality(indirect_parts.x) then sum(s.ref_x / s.ref_n * s.n) end,
        case when count(s.ref_n) = cardinality(indirect_parts.x) then sum(s.ref_x) / sum(s.ref_n) end
    into observed, expected, ref_rate
    from (
        select
            coalesce(u.x, 0) as x, coalesce(u.n, 0) as n, coalesce(u.ref_x, 0) as ref_x,
            case when stat.is_size(u.ref_n) then u.ref_n end as ref_n
        from unnest(indirect_parts.x, indirect_parts.n, indirect_parts.ref_x, indirect_parts.ref_n)
            as u (x, n, ref_x, ref_n)
    ) as s
    where stat.is_count(s.x) and stat.is_count(s.n) and stat.is_count(s.ref_x);

    if stat.is_count(observed) is not true then
        observed := null;
        expected := null;
    end if;
    if (expected = 0 or stat.is_size(expected)) is not true then
        expected := null;
    end if;
    if expected is null then
        ref_rate := null;
    end if;
end
$$;

comment on function stat.indirect_parts is
'The parts of an indirect standardisation: events observed and expected, and the crude rate of the reference. '
'expected and ref_rate NULL where a population of the reference is not above 0, all NULL for a refused input.';


create or replace function stat.indirect_ratio(
    x double precision[],
    n double precision[],
    ref_x double precision[],
    ref_n double precision[],
    scale double precision default 1,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision,
    out observed double precision,
    out expected double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_size(scale) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    select p.observed, p.expected into observed, expected from stat.indirect_parts(x, n, ref_x, ref_n) as p;
    if expected > 0 then
        value := scale * (observed / expected);
        lower := scale * (stat.count_lower(observed, confidence) / expected);
        upper := scale * (stat.count_upper(observed, confidence) / expected);
    end if;
end
$$;

comment on function stat.indirect_ratio is
'Indirectly standardised ratio: events observed over those expected at the rates of the reference, times '
'scale. value, lower, upper, observed, expected; NULL where nothing is expected or the input is refused. '
'Call it with CROSS JOIN LATERAL.';


create or replace function stat.indirect_rate(
    x double precision[],
    n double precision[],
    ref_x double precision[],
    ref_n double precision[],
    multiplier double precision default 100000,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision,
    out observed double precision,
    out expected double precision
)
language plpgsql immutable parallel safe
as $$
declare
    ref_rate double precision;
begin
    if (stat.is_size(multiplier) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    select p.observed, p.expected, p.ref_rate
    into observed, expected, ref_rate
    from stat.indirect_parts(x, n, ref_x, ref_n) as p;
    if expected > 0 then
        value := multiplier * ref_rate * (observed / expected);
        lower := multiplier * ref_rate * (stat.count_lower(observed, confidence) / expected);
        upper := multiplier * ref_rate * (stat.count_upper(observed, confidence) / expected);
    end if;
end
$$;

comment on function stat.indirect_rate is
'Indirectly standardised rate: the crude rate of the reference times events observed over those expected at '
'its rates, per multiplier. value, lower, upper, observed, expected; NULL where nothing is expected or the '
'input is refused. Call it with CROSS JOIN LATERAL.';
