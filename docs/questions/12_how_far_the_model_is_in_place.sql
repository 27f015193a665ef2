-- Do sites that have more of the model of care in place improve more often?
-- Read it with care: sites chose what to put in place, and the better placed may have chosen more.
with judged as (
    select
        p.site_code,
        count(*) filter (where p.verdict in ('improved', 'worsened', 'no_detectable_change')) as judged_count,
        count(*) filter (where p.verdict = 'improved') as improved_count
    from bi.progress as p
    inner join bi.metric as m on p.metric_code = m.metric_code and m.direction <> 'neutral'
    where p.period = date '2026-09-01'
    group by p.site_code
)

select
    s.characteristics_in_place_count,
    count(*) as sites_count,
    sum(j.judged_count) as judged_count,
    sum(j.improved_count) as improved_count,
    round(100.0 * sum(j.improved_count) / nullif(sum(j.judged_count), 0), 1) as improved_pct
from bi.site_month as s
inner join judged as j on s.site_code = j.site_code
where s.period = date '2026-09-01'
group by s.characteristics_in_place_count
order by s.characteristics_in_place_count;
