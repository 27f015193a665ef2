-- stat.student_t_quantile(p, df): the value below which Student's t falls with probability p, for any number of
-- degrees of freedom, fractions included.
--
-- Newton's method looks for v = ln t where the logarithm of a probability equals the one asked for: that of
-- both tails beyond t where they hold less than half, that of the middle where they hold more. Both are
-- log-concave in v, so Newton converges from any start (as in 30_chi_square_quantile.sql). The probabilities
-- are incomplete beta functions by their continued fraction, on whichever side it converges. From 20,000
-- degrees of freedom the expansion around the normal quantile is exact to the last digits.
--
-- Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 26.5.2 and 26.5.8 (incomplete
-- beta), 26.7.1 (t), 26.7.5 (expansion). Accuracy: 1e-12 relative, mostly 1e-13.
--
-- Units: p is a probability (a share of 1), df a number of degrees of freedom.
-- Refused (NULL): p or df NULL or NaN, p below 1e-100 or not below 1, df below 0.1 or above 1e15; also a result
-- above 1e147, which very few degrees of freedom can have.

create or replace function stat.student_t_quantile(p double precision, df double precision)
returns double precision
language plpgsql immutable parallel safe
as $$
declare
    a double precision;        -- df / 2
    tails double precision;    -- the probability of both, beyond t and -t
    is_tail boolean;           -- asked for is that, not the middle
    target double precision;   -- logarithm of the probability asked for
    ln_density double precision := 0; -- logarithm of the density at 0, of t without its sign
    v double precision;        -- ln t, the unknown
    w double precision;        -- t^2 / df
    ln1p double precision;     -- ln(1 + w)
    is_beyond boolean;         -- the continued fraction gives the tails, not the middle
    x double precision;
    b1 double precision;
    b2 double precision;
    c double precision;
    d double precision;
    h double precision;
    delta double precision;
    part double precision;     -- logarithm of the probability at v
    slope double precision;    -- its derivative in v
    step double precision;
    z double precision;
begin
    if (p between 1e-100 and 1 and p < 1 and df between 0.1 and 1e15) is not true then
        return null;
    end if;
    if p = 0.5 then
        return 0;
    end if;
    a := df / 2;
    tails := 2 * least(p, 1 - p);
    is_tail := tails < 0.5;

    if df >= 2e4 then
        z := stat.normal_quantile(p);
        x := z * z;
        return z * (1 + (
            (x + 1) / 4 + ((
                (5 * x + 16) * x + 3) / 96 + (
                    (((3 * x + 19) * x + 17) * x - 15) / 384
                    + ((((79 * x + 776) * x + 1482) * x - 1920) * x - 945) / (92160 * df)
                ) / df
            ) / df
        ) / df);
    end if;

    -- ln(gamma(a + 1/2) / gamma(a)): climbing to where the series is exact, not as a difference of two large numbers.
    x := a;
    while x < 16 loop
        ln_density := ln_density + ln(x / (x + 0.5));
        x := x + 1;
    end loop;
    w := 1 / (x * x);
    ln_density := ln_density + ln(x) / 2
        + (-1.0 / 8 + w * (1.0 / 192 + w * (-1.0 / 640 + w * (17.0 / 14336 - w * 31 / 18432)))) / x
        + ln(2 / sqrt(pi() * df));

    if is_tail then
        target := ln(tails);
        -- Leaving the 1 out of 1 + t^2 / df puts t too far out, never too near.
        v := (ln_density + (df - 1) / 2 * ln(df) - target) / df;
        if v > 340 then
            return null;
        end if;
        if df > 4 then
            z := -stat.normal_quantile(tails / 2);
            v := least(v, ln(z + (z * z + 1) * z / (4 * df)));
        end if;
    else
        target := ln(2 * abs(p - 0.5));
        v := target - ln_density; -- as if the density were flat: too near
    end if;

    for i in 1 .. 100 loop
        w := exp(2 * v - ln(df));
        ln1p := case when 1 + w = 1 then w else ln(1 + w) * w / (1 + w - 1) end;
        x := w / (1 + w);
        is_beyond := x >= 1.5 / (a + 2.5);
        if is_beyond then
            x := 1 / (1 + w);
            b1 := a;
            b2 := 0.5;
        else
            b1 := 0.5;
            b2 := a;
        end if;
        c := 1;
        d := 1 / (1 - (b1 + b2) * x / (b1 + 1));
        h := d;
        for m in 1 .. 10000 loop -- never near it: a bound against rounding that refuses to settle
            delta := m * (b2 - m) * x / ((b1 + 2 * m - 1) * (b1 + 2 * m));
            d := 1 / (1 + delta * d);
            c := 1 + delta / c;
            h := h * c * d;
            delta := -(b1 + m) * (b1 + b2 + m) * x / ((b1 + 2 * m) * (b1 + 2 * m + 1));
            d := 1 / (1 + delta * d);
            c := 1 + delta / c;
            delta := c * d;
            h := h * delta;
            exit when abs(delta - 1) < 1e-15;
        end loop;

        part := ln_density + v - (a + 0.5) * ln1p + ln(h / (2 * b1));
        slope := 2 * b1 / h;
        if is_beyond <> is_tail then -- that was the other part: turn it over
            slope := slope * exp(greatest(part, -690));
            part := ln(greatest(1 - exp(greatest(part, -690)), 1e-300));
            slope := slope / exp(part);
        end if;
        if is_tail then
            slope := -slope;
        end if;
        step := least((target - part) / slope, 1);
        v := v + step;
        exit when abs(step) < 1e-9; -- Newton squares the error: the next step would be below 1e-15
    end loop;
    return case when p < 0.5 then -exp(v) else exp(v) end;
end
$$;

comment on function stat.student_t_quantile is
'The quantile of probability p of Student''s t with df degrees of freedom (fractions allowed). '
'NULL where p is not between 0 and 1 or df is below 0.1.';
