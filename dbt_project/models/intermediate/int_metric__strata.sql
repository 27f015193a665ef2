-- Grain: metric x site x period x sex x age band. Numerator and denominator of the included practices.
-- Metrics that are not standardised have one stratum, 'all' x 'all'.
{{ config(months_var='window_months') }}
with wanted as (
    select
        metric_code,
        method,
        numerator_measure as measure_code,
        true as is_numerator
    from {{ ref('stg_metric') }}
    union all
    select
        metric_code,
        method,
        denominator_measure as measure_code,
        false as is_numerator
    from {{ ref('stg_metric') }}
),

part as (
    select
        w.metric_code,
        c.site_code,
        c.period,
        c.quantity,
        c.suppressed_count,
        w.is_numerator,
        case when w.method = 'dsr' then c.sex else 'all' end as sex,
        case when w.method = 'dsr' then c.age_band else 'all' end as age_band
    from {{ ref('int_measure__cells') }} as c
    inner join wanted as w on c.measure_code = w.measure_code
    inner join {{ ref('int_metric__inclusion') }} as i
        on
            i.is_included
            and (i.metric_code, i.site_code, i.practice_code, i.period)
            = (w.metric_code, c.site_code, c.practice_code, c.period)
    where {{ in_months('c.period', 'window_months') }} and {{ in_months('i.period', 'window_months') }}
)

select
    metric_code,
    site_code,
    period,
    sex,
    age_band,
    sum(quantity) filter (where is_numerator) as numerator,
    sum(quantity) filter (where not is_numerator) as denominator,
    sum(suppressed_count)::bigint as suppressed_count
from part
group by metric_code, site_code, period, sex, age_band
