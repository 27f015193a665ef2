-- Grain: metric x site with a figure that may be shown x period x window: the site as a point of the funnel of all
-- sites. The limits stand where the site's counts are shown: they are made of its size.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'period_window', 'site_code'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period_window', 'period']}]
) }}
select
    f.metric_code::text as metric_code,
    f.site_code::text as site_code,
    f.period::date as period,
    f.period_window::text as period_window,
    r.is_main_window::boolean as is_main_window,
    r.value::double precision as value,
    a.value::double precision as centre,
    f.funnel_position::text as funnel_position,
    f.funnel_position_reason::text as funnel_position_reason,
    f.is_better::boolean as is_better,
    f.is_worse::boolean as is_worse,
    f.decile::integer as decile,
    f.sites_compared_count::integer as sites_compared_count,
    {% for column in [
        'size', 'control_lower_95', 'control_upper_95', 'control_lower_998', 'control_upper_998', 'overdispersed_lower_95',
        'overdispersed_upper_95', 'overdispersed_lower_998', 'overdispersed_upper_998'
    ] -%}
    case
        when not r.is_withheld and a.value is not null then stat.significant(f.{{ column }}, 3)
    end::double precision as {{ column }}{{ ',' if not loop.last }}
{% endfor -%}
from {{ ref('fct_funnel') }} as f
inner join {{ ref('site_result') }} as r
    on
        (f.metric_code, f.site_code, f.period, f.period_window)
        = (r.metric_code, r.site_code, r.period, r.period_window)
        and r.value is not null
        and {{ in_months('r.period', 'window_months') }}
left join {{ ref('area_result') }} as a
    on
        a.area_type = 'programme'
        and (f.metric_code, f.period, f.period_window) = (a.metric_code, a.period, a.period_window)
        and {{ in_months('a.period', 'window_months') }}
where {{ in_months('f.period', 'window_months') }}
