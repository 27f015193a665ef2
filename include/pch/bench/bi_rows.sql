-- Marts as large as 60 months of 185 sites would make them, for the bench of the questions: figures of a likely size, of
-- which a few are missing and one metric in eight is of small numbers. Only the size and the spread are meant; the
-- figures of one row need not agree with those of another. dim_site and dim_period stand already.
select setseed(0.5);

truncate
mart.fct_metric_value, mart.fct_withheld, mart.fct_area_value, mart.fct_metric_slice, mart.fct_inequality, mart.fct_spc,
mart.fct_baseline, mart.fct_priority, mart.fct_progress, mart.fct_change_part, mart.fct_funnel, mart.fct_peer,
mart.fct_site_trait, mart.fct_model_in_place;

create temporary table cell as
select
    d.metric_code,
    d.definition_version,
    m.multiplier,
    m.method,
    s.site_code,
    p.period,
    w.period_window,
    case w.period_window when 'month' then 1 when 'r12' then 12 else 6 end as months,
    case when 'r12' = any(m.period_windows) then 'r12' else 'month' end = w.period_window as is_main,
    random() < 0.03 as is_missing,
    (40000 + 20000 * random()) * case w.period_window when 'month' then 1 when 'r12' then 12 else 6 end as denominator,
    case when hashtext(d.metric_code) % 8 = 0 then 10 else 400 + 400 * random() end as per_month,
    random() as luck
from mart.dim_definition as d
inner join mart.dim_metric as m on d.metric_code = m.metric_code and d.is_newest
cross join mart.dim_site as s
cross join mart.dim_period as p
cross join unnest(m.period_windows) as w (period_window);

create temporary table figure as
select
    *,
    floor(per_month * months * (0.5 + luck)) as numerator,
    multiplier * per_month * months * (0.5 + luck) / denominator as value,
    0.1 * multiplier * per_month * months / denominator as half
from cell;

insert into mart.fct_metric_value (
    metric_code, site_code, period, period_window, state, state_reason, coverage_pct, definition_version,
    open_questions_count, edition, numerator, denominator, value, lower_95, upper_95, lower_998, upper_998, built_at
)
select
    metric_code, site_code, period, period_window, case when is_missing then 'missing' else 'received' end,
    case when is_missing then 'hospital_activity missing' end, 100, definition_version, 0, 'primary',
    case when not is_missing then numerator end, case when not is_missing then denominator end,
    case when not is_missing then value end, case when not is_missing then value - half end,
    case when not is_missing then value + half end, case when not is_missing then value - 1.6 * half end,
    case when not is_missing then value + 1.6 * half end, now()
from figure;

insert into mart.fct_withheld (metric_code, site_code, period, is_small)
select metric_code, site_code, period, true
from figure
where period_window = 'month' and not is_missing and numerator between 1 and 7;

insert into mart.fct_area_value (
    metric_code, area_type, area_code, period, period_window, state, definition_version, sites_count,
    sites_expected_count, coverage_pct, numerator, denominator, value, lower_95, upper_95, lower_998, upper_998
)
select
    f.metric_code, a.area_type, a.area_code, f.period, f.period_window, 'received', f.definition_version, count(*),
    count(*), 97, sum(f.numerator), sum(f.denominator), avg(f.value), avg(f.value) * 0.99, avg(f.value) * 1.01,
    avg(f.value) * 0.98, avg(f.value) * 1.02
from figure as f
inner join mart.dim_site as s on f.site_code = s.site_code
cross join lateral (values ('programme', 'PCH'), ('region', s.region), ('wave', s.wave)) as a (area_type, area_code)
where not f.is_missing
group by f.metric_code, a.area_type, a.area_code, f.period, f.period_window, f.definition_version;

create temporary table area as
select metric_code, area_type, area_code, period, period_window, definition_version, numerator, denominator, value
from mart.fct_area_value
where area_type <> 'wave'
union all
select metric_code, 'site', site_code, period, period_window, definition_version, numerator, denominator, value
from figure;

insert into mart.fct_metric_slice (
    metric_code, area_type, area_code, period, period_window, slice_type, slice, state, definition_version, numerator,
    denominator, value, lower_95, upper_95, lower_998, upper_998
)
select
    a.metric_code, a.area_type, a.area_code, a.period, a.period_window, x.slice_type, x.slice, 'received',
    a.definition_version, floor(a.numerator / 6), a.denominator / 6, a.value, a.value * 0.9, a.value * 1.1,
    a.value * 0.8, a.value * 1.2
from area as a
inner join mart.dim_metric as m on a.metric_code = m.metric_code
cross join
    lateral (
        select 'age_group' as slice_type, g as slice
        from unnest(array['0-14', '15-44', '45-64', '65-74', '75-84', '85+']) as g
        where m.method in ('dsr', 'dsr_repeat', 'indirect_rate')
        union all
        select 'deprivation_quintile', q::text
        from generate_series(1, 5) as q
        where a.area_type <> 'site'
    ) as x
where a.period_window = case when 'r12' = any(m.period_windows) then 'r12' else 'month' end;

insert into mart.fct_inequality (
    metric_code, period, period_window, state, most_deprived_value, least_deprived_value, gap, slope_index,
    slope_index_lower_95, slope_index_upper_95, relative_index_ratio
)
select metric_code, period, period_window, 'received', value, value, 0, value / 10, value / 20, value / 5, 1.1
from mart.fct_area_value
where area_type = 'programme';

insert into mart.fct_spc (
    metric_code, site_code, period, value, mean, lpl, upl, special_cause_type, point_type, variation_icon,
    assurance_icon, points_count, stretch_first_period, is_break
)
select
    metric_code, site_code, period, value, value, value - 2 * half, value + 2 * half, 'Common Cause', 'common_cause',
    'common_cause', 'inconsistent', 12, period, false
from figure
where period_window = 'month' and not is_missing;

insert into mart.fct_baseline (
    metric_code, site_code, definition_version, period_window, first_period, last_period, value, lower_95, upper_95,
    numerator, denominator, coverage_pct, practices, because, frozen_by, frozen_at, is_new
)
select
    metric_code, site_code, definition_version, period_window, period - interval '11 months', period, value,
    value - half, value + half, numerator, denominator, 100, '{}', 'the bench', 'bench', now(), false
from figure
where is_main and period = (select min(period) + interval '11 months' from mart.dim_period);

insert into mart.fct_priority (site_code, metric_code, from_period, priority_rank, is_current, because, set_by, set_at)
select s.site_code, m.metric_code, p.first_period, m.place, true, 'the bench', 'bench', now()
from mart.dim_site as s
cross join (select min(period) as first_period from mart.dim_period) as p
cross join (
    select metric_code, row_number() over (order by metric_code) as place
    from mart.dim_metric
) as m
where m.place <= 4;

insert into mart.fct_progress (
    metric_code, site_code, period, period_window, first_period, is_priority, priority_rank, verdict, verdict_text,
    state, definition_version, value, lower_95, upper_95, baseline_version, baseline_first_period,
    baseline_last_period, baseline_value, baseline_lower_95, baseline_upper_95, change, change_lower_95,
    change_upper_95, change_pct, definition_change, performance_change, target_value, is_target_met,
    minimum_detectable_change_pct_50, minimum_detectable_change_pct_80, worthwhile_change_pct
)
select
    f.metric_code, f.site_code, f.period, f.period_window, f.period - interval '11 months', r.site_code is not null,
    r.priority_rank, case when f.luck < 0.3 then 'improved' when f.luck < 0.4 then 'worsened' else 'no_detectable_change' end,
    'a sentence', 'received', 1, f.value, f.value - f.half, f.value + f.half, 1, b.first_period, b.last_period, b.value,
    b.lower_95, b.upper_95, f.value - b.value, f.value - b.value - f.half, f.value - b.value + f.half,
    100 * (f.value - b.value) / b.value, 0, f.value - b.value, b.value * 0.9, f.luck < 0.4, 5, 8, 5
from figure as f
inner join mart.fct_baseline as b on f.metric_code = b.metric_code and f.site_code = b.site_code
left join mart.fct_priority as r on f.metric_code = r.metric_code and f.site_code = r.site_code
where f.is_main and not f.is_missing;

insert into mart.fct_change_part (metric_code, site_code, period, part, amount)
select p.metric_code, p.site_code, p.period, x.part, p.change / 4
from mart.fct_progress as p
cross join unnest(array['performance', 'roster', 'coverage', 'definition']) as x (part);

insert into mart.fct_funnel (
    metric_code, site_code, period, period_window, value, centre, size, control_lower_95, control_upper_95,
    control_lower_998, control_upper_998, overdispersed_lower_95, overdispersed_upper_95, funnel_position, is_better,
    is_worse, decile, sites_compared_count
)
select
    metric_code, site_code, period, period_window, value, value, numerator, value - half, value + half,
    value - 2 * half, value + 2 * half, value - half, value + half,
    case when luck < 0.1 then 'Low (0.001)' when luck > 0.9 then 'High (0.001)' else 'Not significant' end, false,
    false, 1 + floor(10 * luck), 185
from figure
where not is_missing;

insert into mart.fct_peer (site_code, period, peer_site_code, peer_rank, distance, facts_count)
select a.site_code, p.period, b.site_code, b.place, 0.5, 5
from mart.dim_site as a
cross join mart.dim_period as p
cross join
    lateral (
        select x.site_code, row_number() over () as place
        from mart.dim_site as x
        where x.site_code > a.site_code
        order by x.site_code
        limit 10
    ) as b;

insert into mart.fct_site_trait (site_code, period, registered_count, aged_65_plus_pct, deprived_pct)
select s.site_code, p.period, 40000 + 20000 * random(), 18, 40
from mart.dim_site as s
cross join mart.dim_period as p;

insert into mart.fct_model_in_place (
    site_code, period, characteristics_in_place_count, characteristics_partly_count, characteristics_recorded_count,
    has_population_30_50k, has_integrated_workforce, has_personalised_population_health, has_unified_capitated_budget
)
select s.site_code, p.period, abs(hashtext(s.site_code)) % 5, 0, 4, true, false, false, false
from mart.dim_site as s
cross join mart.dim_period as p;
