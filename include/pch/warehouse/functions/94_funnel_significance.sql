-- stat.funnel_significance(kind, x, n, average): where a site stands in a funnel plot, in OHID's words.
--
-- Source: PHEindicatormethods::assign_funnel_significance. 'High (0.001)': above the limits of 99.8%, else
-- 'High (0.025)': above those of 95%; 'Low (...)' below them; else 'Not significant'. On a limit is inside.
--   proportion      x / n against the funnel's limits for n (stat.funnel_proportion)
--   ratio and rate  average against the confidence limits of the site's own x / n (exact below 10, Byar from 10)
--   dsr             like rate, but 'Not applicable for events less than 10 for dsrs' for x below 10
--
-- Units: x events or people, n in the unit of the average: denominator, or expected events of a ratio (average
-- 1), or for a dsr events / (rate / multiplier); average = sum(x) / sum(n) over the sites compared, not
-- multiplied. Fractions accepted.
-- Refused (NULL): another kind; anything NULL, infinite, NaN or negative; n not above 0 (a dsr of fewer than 10
-- events needs none); a proportion with x above n or average above 1.

create or replace function stat.funnel_significance(
    kind text,
    x double precision,
    n double precision,
    average double precision default 1
)
returns text
language plpgsql immutable parallel safe
as $$
declare
    confidence double precision;
    is_high boolean;
    is_low boolean;
begin
    if kind = 'dsr' and stat.is_count(x) and x < 10 then
        return 'Not applicable for events less than 10 for dsrs';
    end if;
    if (kind in ('proportion', 'ratio', 'rate', 'dsr') and stat.is_count(x) and stat.is_size(n)
        and stat.is_count(average) and (kind <> 'proportion' or (x <= n and average <= 1))) is not true then
        return null;
    end if;
    foreach confidence in array '{0.998,0.95}'::double precision[] loop
        if kind = 'proportion' then
            select x / n > f.upper, x / n < f.lower
            into is_high, is_low
            from stat.funnel_proportion(average, n, confidence) as f;
        else
            is_high := average < stat.count_lower(x, confidence) / n;
            is_low := average > stat.count_upper(x, confidence) / n;
        end if;
        if is_high or is_low then
            return case when is_high then 'High ' else 'Low ' end
                || case confidence when 0.998 then '(0.001)' else '(0.025)' end;
        end if;
    end loop;
    return 'Not significant';
end
$$;

comment on function stat.funnel_significance is
'Where x of n stands against the average of all sites (kind proportion, ratio, rate or dsr): High (0.001), '
'High (0.025), Low (0.001), Low (0.025) or Not significant. NULL for a refused input.';
