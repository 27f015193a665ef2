-- stat.normal_quantile(p): the value below which a standard normal variable falls with probability p.
--
-- Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484: three rational
-- functions, one for the middle and two for the tails. Relative error below 1e-15 for p from 1e-300 up,
-- hence no refinement. Near p = 1 the rounding of p itself costs more: ask for -normal_quantile(1 - p).
--
-- Units: p is a probability (a share of 1); the result is in standard deviations.
-- Refused (NULL): p NULL, NaN, not above 1e-300 or not below 1.

create or replace function stat.normal_quantile(p double precision) returns double precision
language plpgsql immutable parallel safe
as $$
declare
    q double precision := p - 0.5;
    r double precision;
    z double precision;
begin
    if (p > 1e-300 and p < 1) is not true then
        return null;
    end if;

    if abs(q) <= 0.425 then
        r := 0.180625 - q * q;
        return q
            * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.3871328727963666080)
            / (((((((5226.4952788528545610 * r + 28729.085735721942674) * r + 39307.895800092710610) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.18700749205790830) * r
            + 42.313330701600911252) * r + 1);
    end if;

    r := sqrt(-ln(least(p, 1 - p)));
    if r <= 5 then
        r := r - 1.6;
        z := (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
            + 2.41780725177450611770e-1) * r + 1.27045825245236838258) * r + 3.64784832476320460504) * r
            + 5.76949722146069140550) * r + 4.63033784615654529590) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
            + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
            + 6.89767334985100004550e-1) * r + 1.67638483018380384940) * r + 2.05319162663775882187) * r + 1);
    else
        r := r - 5;
        z := (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
            + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
            + 2.96560571828504891230e-1) * r + 1.78482653991729133580) * r + 5.46378491116411436990) * r
            + 6.65790464350110377720)
            / (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
            + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
            + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1);
    end if;
    return case when q < 0 then -z else z end;
end
$$;

comment on function stat.normal_quantile is
'The standard normal quantile of probability p, in standard deviations. NULL where p is not between 0 and 1.';
