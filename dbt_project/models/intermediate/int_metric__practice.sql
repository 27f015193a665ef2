-- Grain: version of a metric x site x practice x period, of those included (practice '': the whole site). The terms of
-- all ages of the metric and both sexes.
{{ config(months_var='window_months') }}
with wanted as (
    select distinct
        measure_code,
        age_from
    from {{ ref('int_metric__terms') }}
),

quantity as (
    select
        c.site_code,
        c.practice_code,
        c.period,
        c.measure_code,
        w.age_from,
        sum(c.quantity) as quantity,
        sum(c.suppressed_count)::bigint as suppressed_count
    from {{ ref('int_measure__cells') }} as c
    inner join wanted as w on c.measure_code = w.measure_code
    left join {{ ref('stg_standard_population') }} as b on c.age_band = b.age_band
    where (w.age_from = 0 or b.age_from >= w.age_from) and {{ in_months('c.period', 'window_months') }}
    group by c.site_code, c.practice_code, c.period, c.measure_code, w.age_from
)

select
    t.definition_id,
    q.site_code,
    q.practice_code,
    q.period,
    {{ terms_side_by_side('q.quantity') }},
    {{ withheld('q.suppressed_count') }}
from quantity as q
inner join {{ ref('int_metric__terms') }} as t
    on (q.measure_code, q.age_from) = (t.measure_code, t.age_from)
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (t.definition_id, q.site_code, q.practice_code, q.period)
        = (i.definition_id, i.site_code, i.practice_code, i.period)
where {{ in_months('i.period', 'window_months') }}
group by t.definition_id, q.site_code, q.practice_code, q.period
