-- What have the sites chosen to work on, and who of them meets the target?
select
    m.metric_name,
    p.metric_code,
    p.target_value,
    count(*) as sites_count,
    count(*) filter (where p.is_target_met) as met_count,
    string_agg(p.site_code, ', ' order by p.site_code) filter (where not p.is_target_met) as not_met
from bi.progress as p
inner join bi.metric as m on p.metric_code = m.metric_code
where p.is_priority and p.period = date '2026-09-01'
group by m.metric_name, p.metric_code, p.target_value
order by sites_count desc, p.metric_code asc;
