-- Grain: version of a metric x site x practice x period, of complete windows: the practice's terms over the window by
-- which progress is judged, ending with the period. included_months: months that are in the terms; member_months: those
-- in which it belonged to the site and the metric was due. Both sides of a comparison are rows of this.
{{ config(months_var='window_months') }}
with month as (
    select
        definition_id,
        site_code,
        practice_code,
        period,
        numerator,
        denominator,
        volume,
        0 as member_months
    from {{ ref('int_metric__practice') }}
    where {{ in_reach() }}
    union all
    select
        definition_id,
        site_code,
        practice_code,
        period,
        null as numerator,
        null as denominator,
        null as volume,
        1 as member_months
    from {{ ref('int_metric__inclusion') }}
    where {{ in_reach() }}
)

select
    x.definition_id,
    x.site_code,
    x.practice_code,
    w.period,
    sum(x.numerator) as numerator,
    sum(x.denominator) as denominator,
    sum(x.volume) as volume,
    count(x.denominator) as included_months,
    sum(x.member_months) as member_months
from {{ ref('stg_period') }} as w
inner join month as x on x.period between w.period - interval '11 months' and w.period
inner join {{ ref('stg_metric') }} as m on x.definition_id = m.definition_id
where
    (x.period = w.period or 'r12' = any(m.period_windows))
    and w.period >= (select min(p.period) from {{ ref('stg_period') }} as p) + interval '11 months'
    and {{ in_months('w.period', 'window_months') }}
group by x.definition_id, x.site_code, x.practice_code, w.period
