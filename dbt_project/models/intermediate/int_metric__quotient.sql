-- Grain: metric x site x period x window. Quotients of complete counts or sums of money: a ledger and a list
-- of returns are not samples, so these have no sampling interval.
{{ config(materialized='ephemeral') }}
select
    s.metric_code,
    s.site_code,
    s.period,
    s.period_window,
    s.denominator,
    s.suppressed_count,
    null::double precision as lower_95,
    null::double precision as upper_95,
    null::double precision as lower_998,
    null::double precision as upper_998,
    coalesce(s.numerator, 0) as numerator,
    case when s.denominator > 0 then m.multiplier * coalesce(s.numerator, 0) / s.denominator end as value,
    case
        when m.method = 'count_share' and s.period_window = 'r12' and s.months_count < 12
            then 'the windows of the last months are still open'
        when coalesce(s.denominator, 0) <= 0 then 'nothing to divide by'
    end as reason
from {{ ref('int_metric__window_strata') }} as s
inner join {{ ref('stg_metric') }} as m on s.metric_code = m.metric_code
where m.method in ('ratio', 'count_share') and {{ in_months('s.period', 'window_months') }}
