-- Grain: version of a ratio x site x practice x period x window. What each practice adds to numerator and denominator
-- over the window: the practices are what the interval of a ratio is made of. What the whole site bears is left out.
{{ config(months_var='window_months') }}
select
    w.definition_id,
    w.site_code,
    p.practice_code,
    w.period,
    w.period_window,
    coalesce(sum(p.numerator), 0) as numerator,
    coalesce(sum(p.denominator), 0) as denominator
from {{ ref('int_metric__window') }} as w
inner join {{ ref('int_metric__practice') }} as p
    on (p.definition_id, p.site_code) = (w.definition_id, w.site_code) and p.period between w.first_period and w.period
where
    w.method = 'ratio'
    and w.is_complete
    and p.practice_code <> ''
    and {{ in_months('w.period', 'window_months') }}
    and {{ in_reach('p.period') }}
group by w.definition_id, w.site_code, p.practice_code, w.period, w.period_window
having sum(p.denominator) > 0
