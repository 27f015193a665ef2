-- stat.count_lower(x, confidence), stat.count_upper(x, confidence): two-sided confidence limits of a count.
--
-- Source: exact Poisson limits (Garwood, Biometrika 28 (1936) 437) below 10, Byar's approximation from 10
-- (Breslow and Day, Statistical Methods in Cancer Research II (1987)): OHID's technical guidance switches
-- there, strictly, so 9.999 is exact and 10 is not. Fractions are accepted: the degrees of freedom are 2x,
-- whatever x is.
--
-- Units: x is a count of events, confidence a share (0.95, 0.998); limits are counts of events.
-- Refused (NULL): x NULL, negative, infinite or NaN; confidence NULL or not between 0 and 1.

create or replace function stat.count_lower(x double precision, confidence double precision default 0.95)
returns double precision
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_count(x) and stat.is_confidence(confidence)) is not true then
        return null;
    elsif x < 10 then
        return stat.chi_square_quantile((1 - confidence) / 2, 2 * x) / 2;
    end if;
    return x * power(1 - 1 / (9 * x) + stat.normal_quantile((1 - confidence) / 2) / (3 * sqrt(x)), 3);
end
$$;

create or replace function stat.count_upper(x double precision, confidence double precision default 0.95)
returns double precision
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_count(x) and stat.is_confidence(confidence)) is not true then
        return null;
    elsif x < 10 then
        return stat.chi_square_quantile((1 + confidence) / 2, 2 * x + 2) / 2;
    end if;
    x := x + 1;
    return x * power(1 - 1 / (9 * x) - stat.normal_quantile((1 - confidence) / 2) / (3 * sqrt(x)), 3);
end
$$;

comment on function stat.count_lower is
'Lower confidence limit of a count of events: exact Poisson below 10, Byar from 10. '
'NULL for a refused input.';
comment on function stat.count_upper is
'Upper confidence limit of a count of events: exact Poisson below 10, Byar from 10. '
'NULL for a refused input.';
