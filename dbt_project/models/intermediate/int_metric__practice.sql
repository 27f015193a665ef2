-- Grain: metric x site x practice x period, of those included (practice '': the whole site). Numerator and denominator
-- of all ages and both sexes.
{{ config(months_var='window_months') }}
with quantity as (
    select
        site_code,
        practice_code,
        period,
        measure_code,
        sum(quantity) as quantity,
        sum(suppressed_count)::bigint as suppressed_count
    from {{ ref('int_measure__cells') }}
    where {{ in_months('period', 'window_months') }}
    group by site_code, practice_code, period, measure_code
)

select
    t.metric_code,
    q.site_code,
    q.practice_code,
    q.period,
    sum(q.quantity) filter (where t.is_numerator) as numerator,
    sum(q.quantity) filter (where not t.is_numerator) as denominator,
    sum(q.suppressed_count)::bigint as suppressed_count
from quantity as q
inner join {{ ref('int_metric__terms') }} as t on q.measure_code = t.measure_code
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (t.metric_code, q.site_code, q.practice_code, q.period)
        = (i.metric_code, i.site_code, i.practice_code, i.period)
where {{ in_months('i.period', 'window_months') }}
group by t.metric_code, q.site_code, q.practice_code, q.period
