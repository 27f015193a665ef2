-- How has a figure of a site gone from month to month, and is the change of a month more than chance?
-- Every month has a row: one without a figure says why. The limits of the chart are those of its time.
select
    r.period,
    r.value,
    r.lower_95,
    r.upper_95,
    s.mean,
    s.lpl,
    s.upl,
    s.special_cause_type,
    r.state,
    r.state_reason
from bi.site_result as r
left join bi.spc as s on (r.metric_code, r.site_code, r.period) = (s.metric_code, s.site_code, s.period)
where
    (r.metric_code, r.site_code, r.period_window) = ('PH01', 'PCH001', 'month')
    and r.period between date '2026-09-01' - interval '35 months' and date '2026-09-01'
order by r.period;
