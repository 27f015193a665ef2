-- Grain: metric x site x period x sex x age band. Numerator and denominator of the included practices.
-- Metrics that are not standardised have one stratum, 'all' x 'all'.
{{ config(months_var='window_months') }}
select
    t.metric_code,
    c.site_code,
    c.period,
    c.sex,
    c.age_band,
    sum(c.quantity) filter (where t.is_numerator) as numerator,
    sum(c.quantity) filter (where not t.is_numerator) as denominator,
    sum(c.suppressed_count)::bigint as suppressed_count
from {{ ref('int_measure__cells') }} as c
inner join {{ ref('int_metric__terms') }} as t on c.measure_code = t.measure_code
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (t.metric_code, c.site_code, c.practice_code, c.period)
        = (i.metric_code, i.site_code, i.practice_code, i.period)
where
    t.method = 'dsr'
    and {{ in_months('c.period', 'window_months') }}
    and {{ in_months('i.period', 'window_months') }}
group by t.metric_code, c.site_code, c.period, c.sex, c.age_band
union all
select
    p.metric_code,
    p.site_code,
    p.period,
    'all' as sex,
    'all' as age_band,
    sum(p.numerator) as numerator,
    sum(p.denominator) as denominator,
    sum(p.suppressed_count)::bigint as suppressed_count
from {{ ref('int_metric__practice') }} as p
inner join {{ ref('stg_metric') }} as m on p.metric_code = m.metric_code
where m.method <> 'dsr' and {{ in_months('p.period', 'window_months') }}
group by p.metric_code, p.site_code, p.period
