-- Do sites that have more of the model of care in place improve more often?
-- Read it with care: sites chose what to put in place, and the better placed may have chosen more.
select
    s.characteristics_in_place_count,
    count(distinct p.site_code) as sites_count,
    count(*) filter (where p.verdict in ('improved', 'worsened', 'no_detectable_change')) as judged_count,
    count(*) filter (where p.verdict = 'improved') as improved_count,
    round(
        100.0 * count(*) filter (where p.verdict = 'improved')
        / nullif(count(*) filter (where p.verdict in ('improved', 'worsened', 'no_detectable_change')), 0), 1
    ) as improved_pct
from bi.site_month as s
inner join bi.progress as p on s.site_code = p.site_code and s.period = p.period
inner join bi.metric as m on p.metric_code = m.metric_code and m.direction <> 'neutral'
where s.period = date '2026-09-01'
group by s.characteristics_in_place_count
order by s.characteristics_in_place_count;
