-- On which metrics is a site better or worse than when it began, and how sure is that?
-- Its own priorities first.
select
    m.aim,
    m.metric_name,
    p.verdict,
    p.verdict_text,
    p.change_pct,
    p.minimum_detectable_change_pct_80
from bi.progress as p
inner join bi.metric as m on p.metric_code = m.metric_code
where p.site_code = 'PCH001' and p.period = date '2026-09-01'
order by
    p.is_priority desc, p.priority_rank asc,
    array_position(
        array['worsened', 'improved', 'changed', 'no_detectable_change', 'too_early', 'cannot_say'], p.verdict
    ) asc,
    p.metric_code asc;
