-- Which sites stand further from the programme's figure than chance explains, and on which side?
-- About one in twenty does so by chance alone; read the over-dispersed limits before calling one an outlier.
select
    f.site_code,
    s.site_name,
    s.region,
    f.value,
    f.centre,
    f.control_lower_998,
    f.control_upper_998,
    f.funnel_position,
    f.value not between f.overdispersed_lower_95 and f.overdispersed_upper_95 as is_outside_overdispersed
from bi.funnel as f
inner join bi.site as s on f.site_code = s.site_code
where
    f.metric_code = 'PH01'
    and f.is_main_window
    and f.period = date '2026-09-01'
    and f.funnel_position <> 'Not significant'
order by f.value desc;
