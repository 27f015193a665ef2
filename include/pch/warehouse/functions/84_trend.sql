-- stat.trend(y): has a series a trend? Mann-Kendall's test and Sen's slope, one row.
--
-- Every pair of values is asked whether the later is higher: s = rises - falls. tau is Kendall's tau-b of value
-- and time, z is s over its standard deviation (corrected for ties and by 1 for continuity), p_value the
-- two-sided probability of a z as far from 0 when order is chance. slope is the median of the slopes of all
-- pairs: one wild month moves neither. A seasonal series, a rolling window, or months that hang together look
-- more certain than they are: give it independent values.
-- Source: Kendall, Rank Correlation Methods (1975); Gilbert, Statistical Methods for Environmental Pollution
-- Monitoring (1987), chapter 16; Sen, JASA 63 (1968) 1379-1389. The normal approximation is used from 8 values
-- on, where it is within 0.013 of the exact probability; with fewer, z and p_value are NULL.
--
-- Units: y one value per step of equal length, in order; a NULL is a gap: it counts for time, not as a value.
-- slope is in units of y per step; n, the number of values.
-- Two equal values are a tie, so round what carries rounding noise. All values equal: tau is NULL, p_value 1.
-- Refused (all NULL): fewer than two values, more than 1,000 steps (the pairs grow with the square), a value
-- infinite or NaN.

create or replace function stat.trend(
    y double precision[],
    out n integer,
    out s double precision,
    out tau double precision,
    out z double precision,
    out p_value double precision,
    out slope double precision
)
language plpgsql immutable parallel safe
as $$
declare
    series double precision[];
    steps bigint[];
    pairs double precision;
    tied_pairs double precision;
    variance double precision;
begin
    if (cardinality(y) <= 1000) is not true then
        return;
    end if;
    select array_agg(u.y order by u.step), array_agg(u.step order by u.step)
    into series, steps
    from unnest(trend.y) with ordinality as u (y, step)
    where u.y is not null;
    if (cardinality(series) > 1) is not true then
        return;
    end if;
    if (select not bool_and(stat.is_count(abs(u.y))) from unnest(series) as u (y)) then
        return;
    end if;

    n := cardinality(series);
    select sum(sign(b.y - a.y)), percentile_cont(0.5) within group (order by (b.y - a.y) / (b.step - a.step))
    into s, slope
    from unnest(series, steps) as a (y, step)
    inner join unnest(series, steps) as b (y, step) on a.step < b.step;

    select
        sum(t.times * (t.times - 1) / 2),
        (n * (n - 1.0) * (2 * n + 5) - sum(t.times * (t.times - 1) * (2 * t.times + 5))) / 18
    into tied_pairs, variance
    from (select count(*)::double precision as times from unnest(series) as u (y) group by u.y) as t;

    pairs := n * (n - 1.0) / 2;
    if pairs > tied_pairs then
        tau := s / sqrt(pairs * (pairs - tied_pairs));
    end if;
    if n >= 8 then
        z := case when s = 0 then 0 else (s - sign(s)) / sqrt(variance) end;
        p_value := 2 * stat.normal_cdf(-abs(z));
    end if;
end
$$;

comment on function stat.trend is
'Mann-Kendall test and Sen''s slope of a series at equal steps, NULLs being gaps: n values, s, tau (tau-b), z, '
'p_value (two-sided; from 8 values), slope per step; all NULL for a refused input. '
'Call it with CROSS JOIN LATERAL.';
