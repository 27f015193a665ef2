-- stat.chi_square_quantile(p, df): the value below which a chi-square variable falls with probability p,
-- for any number of degrees of freedom, fractions included; and the two functions it stands on.
--
-- A chi-square quantile is twice the gamma quantile of shape a = df / 2. Newton's method looks for
-- u = ln(quantile) where the logarithm of the smaller tail (P below, Q above) equals the logarithm asked for.
-- Both tails are log-concave in u for every a > 0, so Newton converges from any start, and without a bracket:
-- from one side step by step, from the other after one step too far. The start is Wilson and Hilferty's
-- cube, or the leading term of the series where the cube has no answer.
--
-- Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 6.1.40 (Stirling), 6.5.29
-- (series), 6.5.31 (continued fraction), 26.4.17 (Wilson-Hilferty).
-- Accuracy (relative, where at least 1e-12 of the probability lies on either side): 1e-14 for df from 1 to
-- 200, 1e-13 from 0.1 to 1e4, 5e-12 from 0.001 to 1e6, where a call takes milliseconds because the sums need
-- some sqrt(df) terms.
--
-- Units: p is a probability (a share of 1), df a number of degrees of freedom.
-- df = 0 gives 0 (all the mass lies there; the lower limit of a count of 0 relies on it), as does a quantile
-- too small for a double.
-- Refused (NULL): p or df NULL or NaN, p not above 1e-300 or not below 1, df below 0 or above 1e7, or above
-- 0 but below 1e-15 (below 0.001 where p > 0.5: 1 - P has too few digits left there).

create or replace function stat.ln_gamma(y double precision) returns double precision
language plpgsql immutable parallel safe
as $$
declare
    product double precision := 1;
    v double precision;
begin
    if (y between 1e-15 and 1e15) is not true then
        return null;
    end if;
    -- Stirling's series is exact to the last digit from 12 up; smaller arguments climb there.
    while y < 12 loop
        product := product * y;
        y := y + 1;
    end loop;
    v := 1 / (y * y);
    return (y - 0.5) * ln(y) - y + 0.918938533204672742 - ln(product) + (
        1.0 / 12
        + v * (-1.0 / 360 + v * (1.0 / 1260 + v * (-1.0 / 1680 + v * (1.0 / 1188 - v * 691 / 360360))))
    ) / y;
end
$$;

comment on function stat.ln_gamma is
'The natural logarithm of the gamma function of y, for y from 1e-15 to 1e15; NULL elsewhere.';


create or replace function stat.gamma_tail_ratio(a double precision, x double precision)
returns double precision
language plpgsql immutable parallel safe
as $$
declare
    term double precision := 1;
    total double precision := 1;
    k double precision := 0;
    b double precision;
    c double precision;
    d double precision;
    h double precision;
    delta double precision;
begin
    if (a between 1e-15 and 1e7 and x >= 0 and x <= 1e15) is not true then
        return null;
    end if;
    if x < a + 1 then
        while term > 1e-17 * total loop
            k := k + 1;
            term := term * x / (a + k);
            total := total + term;
        end loop;
        return total;
    end if;
    -- The continued fraction from the front (Lentz); b > 1 and c > 0 throughout, so nothing is divided by 0.
    b := x + 1 - a;
    c := 1e300;
    d := 1 / b;
    h := d;
    while k < 1e6 loop -- never near it: a bound against rounding that refuses to settle
        k := k + 1;
        b := b + 2;
        delta := k * (a - k);
        d := 1 / (b + delta * d);
        c := b + delta / c;
        delta := c * d;
        h := h * delta;
        exit when abs(delta - 1) < 1e-15;
    end loop;
    return a * h;
end
$$;

comment on function stat.gamma_tail_ratio is
'A tail of the gamma distribution of shape a, divided by x^a exp(-x) / gamma(a + 1): the lower tail where '
'x < a + 1, the upper tail from there. NULL unless a is 1e-15 to 1e7 and x is 0 to 1e15.';


create or replace function stat.chi_square_quantile(p double precision, df double precision)
returns double precision
language plpgsql immutable parallel safe
as $$
declare
    a constant double precision := df / 2;
    is_upper constant boolean := p > 0.5;
    target double precision;      -- logarithm of the tail asked for
    ln_gamma_a1 double precision; -- ln gamma(a + 1)
    floor_u double precision;     -- a bound the root is never below
    u double precision;           -- ln x, the unknown
    x double precision;
    ratio double precision;
    tail double precision;        -- logarithm of the tail at x
    slope double precision;       -- its derivative in u
    step double precision;
begin
    if (p > 1e-300 and p < 1
        and (df = 0 or df between case when is_upper then 1e-3 else 1e-15 end and 1e7)) is not true then
        return null;
    end if;
    if df = 0 then
        return 0;
    end if;

    target := ln(case when is_upper then 1 - p else p end);
    ln_gamma_a1 := stat.ln_gamma(a + 1);
    -- The first term of the series, x^a / gamma(a + 1), is never below P, and all of it where x is small.
    floor_u := (ln(p) + ln_gamma_a1) / a;
    if floor_u < -690 then
        return 0;
    end if;
    u := floor_u;
    x := 1 - 1 / (9 * a) + stat.normal_quantile(p) / (3 * sqrt(a));
    if x > 0 then
        u := greatest(u, ln(a) + 3 * ln(x));
    end if;

    for i in 1 .. 100 loop
        x := exp(u);
        ratio := stat.gamma_tail_ratio(a, x);
        tail := a * u - x - ln_gamma_a1 + ln(ratio);
        slope := a / ratio;
        if is_upper <> (x >= a + 1) then -- that was the other tail: turn it over
            slope := slope * exp(greatest(tail, -690));
            tail := ln(greatest(1 - exp(greatest(tail, -690)), 1e-300));
            slope := slope / exp(tail);
        end if;
        if is_upper then
            slope := -slope;
        end if;
        -- Upwards by a factor of e at most: far below the root the upper tail is flat and would throw us out.
        step := least((target - tail) / slope, 1);
        u := greatest(u + step, floor_u);
        exit when abs(step) < 1e-9; -- Newton squares the error: the next step would be below 1e-15
    end loop;
    return 2 * exp(u);
end
$$;

comment on function stat.chi_square_quantile is
'The chi-square quantile of probability p with df degrees of freedom (fractions allowed; 0 gives 0). '
'NULL where p is not between 0 and 1 or df is negative.';
