-- stat.mean(n, sum, sum_of_squares, confidence): a mean with Student's limits, one row.
--
-- Source: any textbook; PHEindicatormethods::phe_mean:
--     sd^2 = (sum of squares - sum^2 / n) / (n - 1), limits = value -/+ t((1 + c) / 2, n - 1) * sd / sqrt(n)
-- Sums of squares lose digits where the spread is small beside the mean: sd is good to 1e-9 where it is above
-- a thousandth of the mean, and what would be below a millionth of it is rounding and taken for 0.
--
-- Units: n values (fractions accepted, as sums over shares have them), their sum (may be negative) and the sum
-- of their squares; value, limits and sd have the unit of one value; confidence two-sided, a share.
-- n up to 1: no spread can be told, so limits and sd are NULL; n below 1.1: no limits.
-- Refused (all four NULL): anything NULL, infinite or NaN, n not above 0, a negative sum of squares or one that
-- is too small for the sum (no values have such sums), confidence not between 0 and 1.

create or replace function stat.mean(
    n double precision,
    sum double precision,
    sum_of_squares double precision,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision,
    out sd double precision
)
language plpgsql immutable parallel safe
as $$
declare
    spread double precision;
    half double precision;
begin
    if (stat.is_size(n) and stat.is_count(abs(sum)) and stat.is_confidence(confidence)
        and (sum_of_squares = 0 or sum_of_squares between 1e-30 and 1e30)) is not true then
        return;
    end if;
    spread := sum_of_squares - sum * (sum / n);
    -- The digits of a double end at 1e-16; a sum of many squares has fewer right.
    if spread < -1e-9 * sum_of_squares then
        return;
    elsif spread < 1e-12 * sum_of_squares then
        spread := 0;
    end if;
    value := sum / n;
    if n > 1 then
        sd := sqrt(spread / (n - 1));
        half := stat.student_t_quantile((1 + confidence) / 2, n - 1) * (sd / sqrt(n));
        lower := value - half;
        upper := value + half;
    end if;
end
$$;

comment on function stat.mean is
'Mean of n values from their sum and sum of squares, with Student''s limits: value, lower, upper, sd; limits '
'and sd NULL for a single value, all NULL for a refused input. Call it with CROSS JOIN LATERAL.';
