-- stat.normal_cdf(z): the probability that a standard normal variable falls below z.
--
-- Twice the smaller tail is the upper tail of the gamma distribution of shape 1/2 at z^2 / 2.
-- Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 26.2.1, 26.4.19 and 6.5.17.
-- Accuracy: 1e-12 relative, in the lower tail too; for an upper tail ask for normal_cdf(-z).
--
-- Units: z in standard deviations; the result is a probability (a share of 1), 0 below -37.5 and 1 above.
-- Refused (NULL): z NULL or NaN. The infinities give 0 and 1.

create or replace function stat.normal_cdf(z double precision) returns double precision
language plpgsql immutable parallel safe
as $$
declare
    x double precision;
    part double precision;
begin
    if z = 'NaN' then
        return null;
    elsif abs(z) > 37.5 then
        return (z > 0)::integer;
    elsif abs(z) < 1e-100 then -- its square is too small for a double
        return 0.5;
    end if;
    x := z * z / 2;
    part := sqrt(x) * exp(-x) / 0.886226925452758014 * stat.gamma_tail_ratio(0.5, x); -- gamma(1.5)
    if x < 1.5 then -- the middle between -z and z
        return 0.5 + sign(z) * part / 2;
    end if;
    return case when z < 0 then part / 2 else 1 - part / 2 end; -- both tails
end
$$;

comment on function stat.normal_cdf is
'The probability that a standard normal variable falls below z. NULL for NULL or NaN.';
