-- Of how many sites has each metric improved since their baseline, and of how many can nothing be said yet?
select
    m.metric_code,
    m.metric_name,
    count(*) as sites_count,
    count(*) filter (where p.verdict = 'improved') as improved_count,
    count(*) filter (where p.verdict = 'worsened') as worsened_count,
    count(*) filter (where p.verdict = 'no_detectable_change') as no_detectable_change_count,
    count(*) filter (where p.verdict in ('too_early', 'cannot_say')) as not_known_count
from bi.progress as p
inner join bi.metric as m on p.metric_code = m.metric_code
where p.period = date '2026-09-01'
group by m.metric_code, m.metric_name
order by improved_count desc, m.metric_code asc;
