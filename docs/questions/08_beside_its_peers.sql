-- How does a site do beside the ten sites most like it?
select
    m.metric_name,
    m.unit,
    m.direction,
    r.value,
    r.peer_lower_quartile,
    r.peer_median,
    r.peer_upper_quartile,
    r.rank_among_peers,
    r.peers_count
from bi.peer_result as r
inner join bi.metric as m on r.metric_code = m.metric_code
where r.site_code = 'PCH001' and r.period = date '2026-09-01' and r.value is not null
order by r.rank_among_peers desc, r.metric_code asc;
