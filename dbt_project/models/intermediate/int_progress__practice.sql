-- Grain: version of a metric x site x practice x period, of complete windows: the practice's terms over the window by
-- which progress is judged, ending with the period. included_months: months that are in the terms; member_months: those
-- in which it belonged to the site and the metric was due. Both sides of a comparison are rows of this.
{{ config(months_var='window_months') }}
with judged as (
    select
        m.definition_id,
        p.period,
        case when 'r12' = any(m.period_windows) then (p.period - interval '11 months')::date else p.period end
            as first_period
    from {{ ref('stg_metric') }} as m
    cross join {{ ref('stg_period') }} as p
    where
        p.period >= (select min(x.period) from {{ ref('stg_period') }} as x) + interval '11 months'
        and {{ in_months('p.period', 'window_months') }}
),

term as (
    select
        x.definition_id,
        x.site_code,
        x.practice_code,
        j.period,
        sum(x.numerator) as numerator,
        sum(x.denominator) as denominator,
        sum(x.volume) as volume,
        count(x.denominator) as included_months
    from judged as j
    inner join {{ ref('int_metric__practice') }} as x
        on j.definition_id = x.definition_id and x.period between j.first_period and j.period
    where {{ in_reach('x.period') }}
    group by x.definition_id, x.site_code, x.practice_code, j.period
),

member as (
    select
        x.definition_id,
        x.site_code,
        x.practice_code,
        j.period,
        count(*) as member_months
    from judged as j
    inner join {{ ref('int_metric__inclusion') }} as x
        on j.definition_id = x.definition_id and x.period between j.first_period and j.period
    where {{ in_reach('x.period') }}
    group by x.definition_id, x.site_code, x.practice_code, j.period
)

--  Whoever is included is a member
select
    m.definition_id,
    m.site_code,
    m.practice_code,
    m.period,
    t.numerator,
    t.denominator,
    t.volume,
    m.member_months,
    coalesce(t.included_months, 0) as included_months
from member as m
left join term as t
    on
        (m.definition_id, m.site_code, m.practice_code, m.period)
        = (t.definition_id, t.site_code, t.practice_code, t.period)
