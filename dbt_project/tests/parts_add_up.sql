-- Grain: a change of fct_progress that its parts do not add up to.
select
    p.metric_code,
    p.site_code,
    p.period,
    p.change,
    sum(c.amount) as parts
from {{ ref('fct_progress') }} as p
inner join {{ ref('fct_change_part') }} as c
    on (p.metric_code, p.site_code, p.period) = (c.metric_code, c.site_code, c.period)
where {{ in_months('p.period', 'window_months') }} and {{ in_months('c.period', 'window_months') }}
group by p.metric_code, p.site_code, p.period, p.change, p.value, p.baseline_value
having abs(sum(c.amount) - p.change) > 1e-9 * greatest(abs(p.value), abs(p.baseline_value))
