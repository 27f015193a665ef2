-- Grain: metric x site x period x window. Directly standardised rates, 19 bands x 2 sexes, ESP2013, Dobson
-- limits (stat.dsr). Every stratum of the standard takes part: one without population makes the rate
-- impossible, never its weight shared out. Events of unknown sex or age cannot be standardised.
{{ config(materialized='ephemeral') }}
with stratum as (
    select
        w.metric_code,
        w.site_code,
        w.period,
        w.period_window,
        array_agg(coalesce(s.numerator, 0)) as x,
        array_agg(coalesce(s.denominator, 0)) as n,
        array_agg(e.standard_population::double precision) as w,
        sum(coalesce(s.numerator, 0)) as numerator,
        sum(coalesce(s.denominator, 0)) as denominator,
        sum(coalesce(s.suppressed_count, 0)) as suppressed_count,
        count(*) filter (where coalesce(s.denominator, 0) = 0) as empty_strata_count
    from {{ ref('int_metric__window') }} as w
    cross join {{ ref('stg_standard_population') }} as e
    cross join (values ('female'), ('male')) as g (sex)
    left join {{ ref('int_metric__window_strata') }} as s
        on
            (w.metric_code, w.site_code, w.period, w.period_window, e.age_band, g.sex)
            = (s.metric_code, s.site_code, s.period, s.period_window, s.age_band, s.sex)
    where w.method = 'dsr' and w.is_complete and w.coverage_pct > 0 and {{ in_months('w.period', 'window_months') }}
    group by w.metric_code, w.site_code, w.period, w.period_window
)

select
    t.metric_code,
    t.site_code,
    t.period,
    t.period_window,
    t.numerator,
    t.denominator,
    t.suppressed_count,
    d95.value,
    d95.lower as lower_95,
    d95.upper as upper_95,
    d998.lower as lower_998,
    d998.upper as upper_998,
    case
        when t.empty_strata_count > 0
            then 'no registered patients in ' || t.empty_strata_count || ' of the 38 age-sex bands'
        when t.numerator < 10 then 'fewer than 10 events'
    end as reason
from stratum as t
inner join {{ ref('stg_metric') }} as m on t.metric_code = m.metric_code
cross join lateral stat.dsr(t.x, t.n, t.w, m.multiplier, 0.95) as d95
cross join lateral stat.dsr(t.x, t.n, t.w, m.multiplier, 0.998) as d998
