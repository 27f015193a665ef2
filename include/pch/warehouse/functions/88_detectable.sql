-- stat.detectable_change_pct(value, lower, upper, power) and stat.months_to_show(change_pct, ...): what could be seen
-- at all, next to an estimate with its 95% limits (a baseline).
--
-- With se = (upper - lower) / (2 x 1.96), two estimates as sure as this one differ by chance with sqrt(2) se. A change
-- that shows (its 95% interval leaves out 0) with probability `power` is
--     (1.96 + z(power)) sqrt(2) se                          power 0.5: z = 0, 0.8: z = 0.84
-- An estimate of m months has se x sqrt(k / m), if that of k months has se: a change of d shows once
--     d >= (1.96 + z(power)) se sqrt(1 + k / m), so m >= k / ((d / ((1.96 + z(power)) se))^2 - 1)
-- and never where d is no more than (1.96 + z(power)) se: then the baseline itself is too unsure.
-- Source: the sample size of two normal means, e.g. Armitage, Berry and Matthews, Statistical Methods in Medical
-- Research, 4th ed., section 4.6. It takes the limits for symmetrical, which limits of few events are not.
--
-- Units: changes in percent of value (5: five percent); value and limits in any unit; months whole.
-- Refused (NULL): limits not finite or not around the value, value 0, power not between 0 and 1, change_pct not
-- above 0, months not above 0.

create or replace function stat.detectable_change_pct(
    value double precision, lower double precision, upper double precision, power double precision default 0.8
)
returns double precision
language sql immutable parallel safe
return case
    when stat.are_limits(value, lower, upper) and stat.is_size(abs(value)) and stat.is_confidence(power)
        then
            100 * (stat.normal_quantile(0.975) + stat.normal_quantile(power)) * sqrt(2)
            * abs(upper - lower) / (2 * stat.normal_quantile(0.975)) / abs(value)
end;

create or replace function stat.months_to_show(
    change_pct double precision,
    value double precision,
    lower double precision,
    upper double precision,
    months double precision default 12,
    power double precision default 0.8
)
returns double precision
language plpgsql immutable parallel safe
as $$
declare
    -- The change as a multiple of what never shows, however many months follow; infinite where nothing is unsure.
    reach double precision;
begin
    if (stat.is_size(change_pct) and stat.is_size(months) and stat.are_limits(value, lower, upper)
        and stat.is_size(abs(value)) and stat.is_confidence(power)) is not true then
        return null;
    end if;
    reach := change_pct * sqrt(2) / nullif(stat.detectable_change_pct(value, lower, upper, power), 0);
    if reach <= 1 + 1e-9 then
        return null;
    end if;
    return greatest(1, ceil(months / (reach * reach - 1)));
end
$$;

comment on function stat.detectable_change_pct is
'Smallest real change, in percent, that a second estimate as sure as this one (value with its 95% limits) would show '
'with probability power. NULL for a refused input.';
comment on function stat.months_to_show is
'Months of data after a baseline (value with its 95% limits, of so many months) until a real change of change_pct '
'percent shows with probability power. NULL: never with this baseline, or a refused input.';
