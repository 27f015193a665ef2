-- What did a site owe for a month, what has arrived, and what is still to come?
select
    r.feed,
    r.state,
    r.verdict,
    r.attempts_count,
    r.last_received_at,
    m.primary_close_at
from bi.returns as r
inner join bi.month as m on r.period = m.period
where r.site_code = 'PCH001' and r.period = date '2026-09-01'
order by r.state in ('received', 'nil_return') asc, r.feed asc;
