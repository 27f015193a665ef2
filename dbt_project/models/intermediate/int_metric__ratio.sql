-- Grain: figure (version of a metric x area x slice x period x window). Quotient of two sums, as money per patient. The
-- limits are linearised (stat.ratio), the practices being what varies; what the whole site bears moves the value and
-- not the width. Fewer than two practices tell nothing of it, nor does what only the whole site bears.
{{ config(materialized='ephemeral') }}
with part as (
    select
        t.definition_id,
        'site' as area_type,
        t.site_code as area_code,
        t.period,
        t.period_window,
        t.numerator,
        t.denominator
    from {{ ref('int_metric__practice_terms') }} as t
    where {{ in_months('t.period', 'window_months') }}
    union all
    select
        t.definition_id,
        a.area_type,
        a.area_code,
        t.period,
        t.period_window,
        t.numerator,
        t.denominator
    from {{ ref('int_metric__practice_terms') }} as t
    inner join {{ ref('int_site__area') }} as a on t.site_code = a.site_code
    where {{ in_months('t.period', 'window_months') }}
),

parts as (
    select
        definition_id,
        area_type,
        area_code,
        period,
        period_window,
        array_agg(numerator) as y,
        array_agg(denominator) as x
    from part
    group by definition_id, area_type, area_code, period, period_window
    having bool_or(numerator <> 0)
)

select
    {{ figure_columns('s') }},
    coalesce(s.numerator, 0) as numerator,
    s.denominator,
    s.suppressed_count,
    v.value,
    v.value + r95.lower - r95.value as lower_95,
    v.value + r95.upper - r95.value as upper_95,
    v.value + r998.lower - r998.value as lower_998,
    v.value + r998.upper - r998.value as upper_998,
    {{ nominal_value() }},
    case when coalesce(s.denominator, 0) <= 0 then 'nothing to divide by' end as reason
from {{ ref('int_metric__cells') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
cross join
    lateral (
        values (case when s.denominator > 0 then m.multiplier * coalesce(s.numerator, 0) / s.denominator end)
    ) as v (value)
left join parts as p
    on
        s.slice_type = 'all'
        and (s.definition_id, s.area_type, s.area_code, s.period, s.period_window)
        = (p.definition_id, p.area_type, p.area_code, p.period, p.period_window)
cross join lateral stat.ratio(p.y, p.x, m.multiplier, 0.95) as r95
cross join lateral stat.ratio(p.y, p.x, m.multiplier, 0.998) as r998
where s.method = 'ratio'
