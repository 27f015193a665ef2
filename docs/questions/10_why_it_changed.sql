-- Where does the change of a site's figures since its baseline come from?
-- performance: what the same practices did. All else is no change of care.
select
    m.metric_name,
    p.change,
    sum(c.amount) filter (where c.part = 'performance') as performance,
    sum(c.amount) filter (where c.part = 'roster') as roster,
    sum(c.amount) filter (where c.part = 'mix') as mix,
    sum(c.amount) filter (where c.part = 'price') as price,
    sum(c.amount) filter (where c.part = 'coverage') as coverage,
    sum(c.amount) filter (where c.part = 'definition') as definition
from bi.progress as p
inner join bi.metric as m on p.metric_code = m.metric_code
inner join bi.change_part as c
    on (p.metric_code, p.site_code, p.period) = (c.metric_code, c.site_code, c.period)
where p.site_code = 'PCH001' and p.period = date '2026-09-01'
group by m.metric_name, p.metric_code, p.change
order by p.metric_code;
