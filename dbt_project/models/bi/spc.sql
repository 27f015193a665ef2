-- Grain: metric x site x month that has a figure that may be shown: the point of the XmR chart, as the chart up to that
-- month judged it. No limits where a month of the stretch is withheld: they are made of all its months.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period']}]
) }}
with held as (
    select distinct
        s.metric_code,
        s.site_code,
        s.period
    from {{ ref('fct_spc') }} as s
    inner join {{ ref('fct_withheld') }} as w
        on
            (s.metric_code, s.site_code) = (w.metric_code, w.site_code)
            and w.period between s.stretch_first_period and s.period
    where {{ in_months('s.period', 'window_months') }}
)

select
    s.metric_code::text as metric_code,
    s.site_code::text as site_code,
    s.period::date as period,
    r.value::double precision as value,
    s.target_value::double precision as target_value,
    s.special_cause_type::text as special_cause_type,
    s.point_type::text as point_type,
    s.variation_icon::text as variation_icon,
    s.assurance_icon::text as assurance_icon,
    s.points_count::integer as points_count,
    s.stretch_first_period::date as stretch_first_period,
    s.is_break::boolean as is_break,
    case when h.metric_code is null then stat.significant(s.mean, 3) end::double precision as mean,
    case when h.metric_code is null then stat.significant(s.lpl, 3) end::double precision as lpl,
    case when h.metric_code is null then stat.significant(s.upl, 3) end::double precision as upl
from {{ ref('fct_spc') }} as s
inner join {{ ref('site_result') }} as r
    on
        (s.metric_code, s.site_code, s.period, 'month') = (r.metric_code, r.site_code, r.period, r.period_window)
        and r.value is not null
        and {{ in_months('r.period', 'window_months') }}
left join held as h on (s.metric_code, s.site_code, s.period) = (h.metric_code, h.site_code, h.period)
where {{ in_months('s.period', 'window_months') }}
