-- Grain: metric x site x period with a target: the site's own, else the programme's. Along a trajectory a straight
-- line, month by month, from its first value to its last, which then holds.
{{ config(months_var='window_months') }}
select distinct on (t.metric_code, s.site_code, p.period)
    t.metric_code,
    s.site_code,
    p.period,
    t.site_code is not null as is_own,
    case
        when t.to_period is null then t.value
        when p.period >= t.to_period then t.to_value
        else
            t.value
            + (t.to_value - t.value) * {{ months_between('t.from_period', 'p.period') }}
            / {{ months_between('t.from_period', 't.to_period') }}
    end as target_value
from {{ ref('stg_target') }} as t
inner join {{ ref('stg_site') }} as s on t.site_code is null or t.site_code = s.site_code
inner join {{ ref('stg_period') }} as p
    on t.from_period <= p.period and (t.effective_to is null or t.effective_to > p.period)
where {{ in_months('p.period', 'window_months') }}
order by t.metric_code, s.site_code, p.period, t.site_code nulls last
