-- Grain: metric x site x period x window. Count per person-time, exact Poisson limits below 10, Byar from 10.
{{ config(materialized='ephemeral') }}
select
    s.metric_code,
    s.site_code,
    s.period,
    s.period_window,
    s.denominator,
    s.suppressed_count,
    r95.value,
    r95.lower as lower_95,
    r95.upper as upper_95,
    r998.lower as lower_998,
    r998.upper as upper_998,
    coalesce(s.numerator, 0) as numerator,
    case
        when coalesce(s.denominator, 0) = 0 then 'no registered patients'
        when coalesce(s.numerator, 0) < 0 then 'corrections exceed what they correct'
    end as reason
from {{ ref('int_metric__window_strata') }} as s
inner join {{ ref('stg_metric') }} as m on s.metric_code = m.metric_code
cross join lateral stat.rate(coalesce(s.numerator, 0), s.denominator, m.multiplier, 0.95) as r95
cross join lateral stat.rate(coalesce(s.numerator, 0), s.denominator, m.multiplier, 0.998) as r998
where m.method = 'crude_rate' and {{ in_months('s.period', 'window_months') }}
