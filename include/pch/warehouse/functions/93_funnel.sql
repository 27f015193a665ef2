-- stat.funnel_proportion, stat.funnel_ratio, stat.funnel_rate, stat.funnel_expected: control limits of a funnel
-- plot around a common average, one row each. Sites that vary by chance alone stay inside them at `confidence`.
--
-- Source: D. Spiegelhalter, Statistics in Medicine 24 (2005) 1185-1202; OHID's technical guidance and
-- PHEindicatormethods::calculate_funnel_limits; NHS England's SHMI (FunnelPlotR) for the ratio.
--   proportion  p0 -/+ z sqrt(p0 (1 - p0) / n), cut to 0 and 1: where the Wilson interval of a site touches p0
--               (the package's longer formula comes to the same).
--   ratio       exact Poisson around 1 for E expected events: chi2inv(a, 2E) / 2E, chi2inv(1 - a, 2E + 2) / 2E.
--   rate        average times the ratio's limits for the events the average expects on n.
--   expected    OHID draws the lines of ratios and rates from the other side: x events lie on the lower line
--               where chi2inv(1 - a, 2x + 2) / 2 were expected, on the upper one where chi2inv(a, 2x) / 2 were.
-- At 95% the lines of the last two conventions lie about one event apart, at 99.8% about two (twice that where
-- under one event is expected): a chart shows one of them and judges by the same one. OHID's words for the
-- second are those of stat.funnel_significance (94).
--
-- Units: p0 and the limits of a proportion are shares of 1; n people or person-time; expected and observed
-- counts of events (fractions accepted); average and the limits of a rate are events per `multiplier` of n. For
-- a directly standardised rate n is multiplier * events / rate. confidence two-sided, a share.
-- Refused (NULLs): anything NULL, infinite, NaN or negative; p0 above 1; n, expected, average or multiplier not
-- above 0; more than 4 million expected or observed events; confidence not between 0 and 1.

create or replace function stat.funnel_proportion(
    p0 double precision,
    n double precision,
    confidence double precision default 0.95,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
declare
    reach double precision;
begin
    if (stat.is_count(p0) and p0 <= 1 and stat.is_size(n) and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    reach := -stat.normal_quantile((1 - confidence) / 2) * sqrt(p0 * (1 - p0) / n);
    lower := greatest(p0 - reach, 0);
    upper := least(p0 + reach, 1);
end
$$;

create or replace function stat.funnel_ratio(
    expected double precision,
    confidence double precision default 0.95,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_size(expected) and expected <= 4e6 and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    lower := stat.chi_square_quantile((1 - confidence) / 2, 2 * expected) / 2 / expected;
    upper := stat.chi_square_quantile((1 + confidence) / 2, 2 * expected + 2) / 2 / expected;
end
$$;

create or replace function stat.funnel_rate(
    average double precision,
    n double precision,
    multiplier double precision default 1,
    confidence double precision default 0.95,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_size(average) and stat.is_size(n) and stat.is_size(multiplier)) is not true then
        return;
    end if;
    select average * r.lower, average * r.upper
    into lower, upper
    from stat.funnel_ratio(average / multiplier * n, confidence) as r;
end
$$;

create or replace function stat.funnel_expected(
    observed double precision,
    confidence double precision default 0.95,
    out lower_expected double precision,
    out upper_expected double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_count(observed) and observed <= 4e6 and stat.is_confidence(confidence)) is not true then
        return;
    end if;
    lower_expected := stat.chi_square_quantile((1 + confidence) / 2, 2 * observed + 2) / 2;
    upper_expected := stat.chi_square_quantile((1 - confidence) / 2, 2 * observed) / 2;
end
$$;

comment on function stat.funnel_proportion is
'Control limits of a proportion with denominator n around the common proportion p0 (shares of 1): lower, upper. '
'NULLs for a refused input.';
comment on function stat.funnel_ratio is
'Control limits of observed over expected events around 1 (exact Poisson): lower, upper. '
'NULLs for a refused input.';
comment on function stat.funnel_rate is
'Control limits of a crude or directly standardised rate with denominator n around the common average, all per '
'multiplier (exact Poisson): lower, upper. NULLs for a refused input.';
comment on function stat.funnel_expected is
'The expected events at which a site with that many observed ones lies on the lower and on the upper line of a '
'funnel, as OHID draws it: lower_expected, upper_expected. NULLs for a refused input.';
