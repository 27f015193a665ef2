-- stat.xmr(y, improvement, ...): the points of an XmR chart with the rules of Making Data Count, a row a point.
--
-- Source: NHS England, Making Data Count, as in NHSRplotthedots::ptd_spc 0.2.2. Within each rebase group:
--     mean = average of the values used; moving range = |step| between neighbours used
--     mean_mr = average of the moving ranges, once more without those of 3.267 times it or above (screening)
--     limits = mean -/+ 2.66 mean_mr, near limits = mean -/+ 2/3 of that
-- A point is named by the first rule that applies: outside the limits; one of 7 or more that rise, or fall, at
-- every step; beyond the near limits like another of 3 in a row on one side of the mean; one of 7 or more on one
-- side. Nothing crosses a rebase. Limits are not cut off at 0 or at 100%.
--
-- A missing value (NULL) stays in its place: it is never marked and breaks every run. Differences within 1e-12
-- of the largest value of the series are rounding, and none. Where the package has NaN, limits are NULL: no two
-- neighbours with a value, or a constant series with screening. Where it stops (a missing value in the middle
-- of what would be a trend) there is simply no trend.
--
-- Units: y in any unit, one element per present month in order; mean and limits likewise. improvement:
-- 'increase', 'decrease' or 'neutral'. rebase_at: positions in y (from 1) at which a new group starts, others
-- are ignored. fix_after: the limits of a group stand on this many of its first points (12 or more; NULL: all).
-- target: in the unit of y; what the process promises for it, on the last point only, NULL without a usable
-- target, a direction or a point. first_wanted: only points from this position on are returned, as they stand
-- in the whole series; earlier ones are not looked at more than needed.
-- Refused (the points come back with NULL throughout, but for idx): an unknown improvement, fix_after below 12,
-- screen_outliers NULL, any value NaN or beyond 1e15, none beyond 1e-200 though not all are 0, an array of
-- arrays. No array, no rows.

create or replace function stat.xmr(
    y double precision[],
    improvement text,
    rebase_at integer[] default '{}',
    fix_after integer default null,
    target double precision default null,
    screen_outliers boolean default true,
    first_wanted integer default 1
)
returns table (
    idx integer,
    rebase_group integer,
    mean double precision,
    lpl double precision,
    upl double precision,
    near_lpl double precision,
    near_upl double precision,
    special_cause_type text,
    point_type text,
    assurance text
)
language plpgsql immutable parallel safe
as $$
declare
    -- The rules in order of precedence: outside, trend, two in three, run; 5 stands for none.
    high_names constant text[] := '{Above UCL,7 Point Trend (Increasing),2 in 3 Above CL,7 Points Above CL}';
    low_names constant text[] := '{Below LCL,7 Point Trend (Decreasing),2 in 3 Below CL,7 Points Below CL}';
    n constant integer := cardinality(y);
    from_point constant integer := greatest(coalesce(first_wanted, 1), 1);
    is_good boolean := improvement in ('increase', 'decrease', 'neutral') and coalesce(fix_after, 12) >= 12
        and screen_outliers is not null and array_ndims(y) = 1 and array_lower(y, 1) = 1;
    scale double precision := 0;
    tolerance double precision;
    starts integer[] := '{1}';
    first integer;             -- the group: its first and last point, and the last that makes its limits
    final integer;
    last_used integer;
    v double precision;
    step double precision[];  -- to each point from the one before; NULL where either is missing
    total double precision;
    values_count integer;
    mr_total double precision;
    mr_count integer;
    mean_mr double precision;
    mr_bound double precision;
    side integer[];           -- of the mean: 1, 0, -1
    is_close boolean [];
    is_trend boolean [];
    rule integer[];
    s integer;
    run_length integer;
    trend_length integer;      -- steps in one direction
    is_high boolean;
begin
    if is_good then
        foreach v in array y loop
            if abs(v) > scale then -- NaN is above everything
                scale := abs(v);
            end if;
        end loop;
        is_good := scale = 0 or scale between 1e-200 and 1e15;
    end if;
    if is_good is not true then
        for i in from_point .. coalesce(n, 0) loop
            idx := i;
            return next;
        end loop;
        return;
    end if;
    tolerance := scale * 1e-12;

    if cardinality(rebase_at) > 0 then
        starts := array(select 1 union select r from unnest(rebase_at) as r where r between 1 and n order by 1);
    end if;

    for g in 1 .. cardinality(starts) loop
        first := starts[g];
        final := coalesce(starts[g + 1] - 1, n);
        continue when final < from_point;
        rebase_group := g - case when 1 = any(rebase_at) then 0 else 1 end;

        -- Limits.
        last_used := first - 1 + least(fix_after, final - first + 1);
        step[first] := null;
        total := 0;
        values_count := 0;
        mr_total := 0;
        mr_count := 0;
        for i in first .. final loop
            v := y[i] - y[i - 1];
            v := case when i > first then case when abs(v) > tolerance then v when abs(v) >= 0 then 0 end end;
            step[i] := v;
            if i <= last_used then
                if y[i] is not null then
                    total := total + y[i];
                    values_count := values_count + 1;
                end if;
                if v is not null then
                    mr_total := mr_total + abs(v);
                    mr_count := mr_count + 1;
                end if;
            end if;
        end loop;
        mean := case when abs(total) > tolerance then total else 0 end / nullif(values_count, 0);
        mean_mr := mr_total / nullif(mr_count, 0);
        if screen_outliers then
            mr_bound := 3.267 * mean_mr - tolerance;
            mr_total := 0;
            mr_count := 0;
            for i in first .. last_used loop
                v := abs(step[i]);
                if v < mr_bound then
                    mr_total := mr_total + v;
                    mr_count := mr_count + 1;
                end if;
            end loop;
            mean_mr := mr_total / nullif(mr_count, 0);
        end if;
        lpl := mean - 2.66 * mean_mr;
        upl := mean + 2.66 * mean_mr;
        near_lpl := mean - 2 * 2.66 / 3 * mean_mr;
        near_upl := mean + 2 * 2.66 / 3 * mean_mr;

        -- Which rules apply; 6 points before the first one wanted can matter to it.
        run_length := 0;
        trend_length := 0;
        for i in greatest(first, from_point - 6) .. final loop
            v := y[i];
            s := case when v > mean + tolerance then 1 when v < mean - tolerance then -1 else 0 end;
            side[i] := s;
            rule[i] := case when v > upl + tolerance or v < lpl - tolerance then 1 else 5 end;
            is_close[i] := rule[i] = 5 and (v > near_upl + tolerance or v < near_lpl - tolerance);
            is_trend[i] := false;

            trend_length := case
                when step[i] > 0 then greatest(trend_length, 0) + 1
                when step[i] < 0 then least(trend_length, 0) - 1
                else 0
            end;
            if abs(trend_length) >= 6 then
                for j in case when abs(trend_length) = 6 then i - 6 else i end .. i loop
                    is_trend[j] := true;
                end loop;
            end if;

            run_length := case when s = 0 then 0 when s * run_length > 0 then run_length + s else s end;
            if abs(run_length) >= 7 then
                for j in case when abs(run_length) = 7 then i - 6 else i end .. i loop
                    rule[j] := least(rule[j], 4);
                end loop;
            end if;
            if abs(run_length) >= 3 and is_close[i - 2]::integer + is_close[i - 1]::integer + is_close[i]::integer >= 2
            then
                for j in i - 2 .. i loop
                    if is_close[j] then
                        rule[j] := 3;
                    end if;
                end loop;
            end if;
        end loop;

        -- Their names.
        for i in greatest(first, from_point) .. final loop
            idx := i;
            is_high := side[i] > 0;
            if is_trend[i] and rule[i] > 1 then
                rule[i] := 2;
                is_high := case when i < final and is_trend[i + 1] then step[i + 1] else step[i] end > 0;
            end if;
            if rule[i] = 5 then
                special_cause_type := 'Common Cause';
                point_type := 'common_cause';
            else
                special_cause_type := case when is_high then high_names[rule[i]] else low_names[rule[i]] end;
                point_type := case
                    when improvement = 'neutral' and is_high then 'special_cause_neutral_high'
                    when improvement = 'neutral' then 'special_cause_neutral_low'
                    when is_high = (improvement = 'increase') then 'special_cause_improvement'
                    else 'special_cause_concern'
                end;
            end if;
            if i = n and improvement <> 'neutral' and target between -1e15 and 1e15 then
                assurance := case
                    when target > upl + tolerance then
                        case improvement when 'increase' then 'consistent_fail' else 'consistent_pass' end
                    when target < lpl - tolerance then
                        case improvement when 'increase' then 'consistent_pass' else 'consistent_fail' end
                    else 'inconsistent'
                end;
            end if;
            return next;
        end loop;
    end loop;
end
$$;

comment on function stat.xmr is
'The XmR chart of a series y (one element per month present, in order): one row a point with the limits of its '
'rebase group, the rule of Making Data Count that marks it, and what that means. NULLs for a refused input.';
