-- stat.sii(population, value, se, transform, multiplier, confidence): the slope and relative index of inequality
-- over groups in order (deprivation quintiles), one row.
--
-- A weighted straight line through the groups: weights a_j, their shares of the population; abscissa b_j, the
-- cumulative share up to the middle of group j. With A and B its heights at the ends (0 and 1):
--     sii = multiplier * (B - A), rii = B / A, intercept = A
-- With transform 'log' (rates) or 'logit' (proportions) the line runs through ln(value) or ln(value / (1 - value))
-- and A and B are turned back. A negative multiplier is for what is good to have more of: rii is then A / B, and
-- of a transformed line the intercept is A * abs(multiplier), as the package has it ('none': A).
-- Source: OHID's technical guidance, PHEindicatormethods::phe_sii; Regidor, JECH 58 (2004) 858-861 and 900-903.
--
-- The package simulates limits: it draws each value anew from its standard error. Here they are analytic, for
-- f(B) - f(A) with f the identity (sii) or the logarithm (rii): delta method with its second-order terms, and
-- Cornish and Fisher's for the skewness (Abramowitz and Stegun 26.2.49). They lie within 2% of the interval's
-- width of the limits the package simulates (100,000 draws), at 0.95 and 0.998.
--
-- Units: one element per group, in order, the first group at 0 (deprivation: the most deprived): population, value
-- (a rate in any unit, a proportion as a share), se the standard error of the value that the line runs through
-- (so of its logarithm or logit where transformed). sii and intercept have the unit of value, times multiplier
-- as said above; confidence two-sided, a share. No se: no limits.
-- rii and its limits NULL where A or B is not above 0: no ratio makes sense.
-- Refused (all NULL): fewer than two groups; a population NULL, infinite, NaN or not above 0; a value NULL,
-- infinite or NaN, or one that has no logarithm or logit; arrays of different lengths; an unknown transform;
-- multiplier 0. A se NULL, negative, infinite or NaN: no limits.

create or replace function stat.sii_limit(
    z double precision, -- standard deviations from the middle
    at_ends double precision[], -- f at A and at B
    slopes double precision[], -- its first derivative there, by the height of the line
    bends double precision[], -- its second derivative
    variances double precision[] -- of the heights at A and at B, and their covariance
) returns double precision
language plpgsql immutable parallel safe
as $$
declare
    first_a constant double precision := -slopes[1] * variances[1] + slopes[2] * variances[3];
    first_b constant double precision := -slopes[1] * variances[3] + slopes[2] * variances[2];
    variance constant double precision := -slopes[1] * first_a + slopes[2] * first_b;
    shift double precision := 0;
begin
    if variance > 0 then
        shift := (bends[2] * variances[2] - bends[1] * variances[1]) / 2
            + (bends[2] * first_b * first_b - bends[1] * first_a * first_a) / variance * (z * z - 1) / 2;
    end if;
    return at_ends[2] - at_ends[1] + z * sqrt(greatest(variance, 0)) + shift;
end
$$;
