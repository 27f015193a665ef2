-- Grain: version of a metric x site x period x sex x age band. The terms of the included practices. Metrics that are
-- not standardised have one stratum, 'all' x 'all'. Bands younger than the metric's ages are left out.
{{ config(months_var='window_months') }}
select
    t.definition_id,
    c.site_code,
    c.period,
    c.sex,
    c.age_band,
    {{ terms_side_by_side('c.quantity') }},
    {{ withheld('c.suppressed_count') }}
from {{ ref('int_measure__cells') }} as c
inner join {{ ref('int_metric__terms') }} as t on c.measure_code = t.measure_code
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (t.definition_id, c.site_code, c.practice_code, c.period)
        = (i.definition_id, i.site_code, i.practice_code, i.period)
left join {{ ref('stg_standard_population') }} as b on c.age_band = b.age_band
where
    t.is_standardised
    and (t.age_from = 0 or b.age_from >= t.age_from)
    and {{ in_months('c.period', 'window_months') }}
    and {{ in_months('i.period', 'window_months') }}
group by t.definition_id, c.site_code, c.period, c.sex, c.age_band
union all
select
    p.definition_id,
    p.site_code,
    p.period,
    'all' as sex,
    'all' as age_band,
    {{ terms_added_up('p') }},
    sum(p.suppressed_count)::bigint as suppressed_count
from {{ ref('int_metric__practice') }} as p
inner join {{ ref('stg_metric') }} as m on p.definition_id = m.definition_id
where not {{ is_standardised('m.method') }} and {{ in_months('p.period', 'window_months') }}
group by p.definition_id, p.site_code, p.period
