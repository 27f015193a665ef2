-- Grain: metric x site x period x part of the change from the baseline, where the change is shown. In steps of what
-- five counted events make (money and staff: to three digits), so the parts sum to the change but for that.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'part'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period']}]
) }}
select
    c.metric_code::text as metric_code,
    c.site_code::text as site_code,
    c.period::date as period,
    c.part::text as part,
    {{ shown_part('c.amount', 'd', 'v') }}::double precision as amount
from {{ ref('fct_change_part') }} as c
inner join {{ ref('progress') }} as p
    on
        (c.metric_code, c.site_code, c.period) = (p.metric_code, p.site_code, p.period)
        and p.change is not null
        and {{ in_months('p.period', 'window_months') }}
inner join {{ ref('fct_metric_value') }} as v
    on
        (p.metric_code, p.site_code, p.period, p.period_window)
        = (v.metric_code, v.site_code, v.period, v.period_window)
        and {{ in_months('v.period', 'window_months') }}
inner join {{ ref('definition') }} as d
    on v.metric_code = d.metric_code and v.definition_version = d.definition_version
where {{ in_months('c.period', 'window_months') }}
