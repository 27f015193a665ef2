-- Grain: metric x site x period, of the metric's main window: the site beside its ten peers, by the figures shown.
-- Rank 1 is the best of the site and its peers; of a neutral metric, the lowest.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period']}]
) }}
with shown as (
    select
        r.metric_code,
        r.site_code,
        r.period,
        r.period_window,
        r.value,
        case when m.polarity = 'higher_is_better' then -r.value else r.value end as distance_from_best
    from {{ ref('site_result') }} as r
    inner join {{ ref('dim_metric') }} as m on r.metric_code = m.metric_code
    where r.is_main_window and {{ in_months('r.period', 'window_months') }}
)

select
    s.metric_code::text as metric_code,
    s.site_code::text as site_code,
    s.period::date as period,
    s.period_window::text as period_window,
    s.value::double precision as value,
    count(o.value)::integer as peers_count,
    {% for name, share in [('lower_quartile', 0.25), ('median', 0.5), ('upper_quartile', 0.75)] -%}
        stat.significant(percentile_cont({{ share }}) within group (order by o.value), 3)::double precision
            as peer_{{ name }},
    {% endfor -%}
    case
        when s.value is not null
            then 1 + count(*) filter (where o.distance_from_best < s.distance_from_best)
    end::integer as rank_among_peers
from shown as s
inner join {{ ref('fct_peer') }} as p
    on s.site_code = p.site_code and s.period = p.period and {{ in_months('p.period', 'window_months') }}
inner join shown as o on (s.metric_code, p.peer_site_code, s.period) = (o.metric_code, o.site_code, o.period)
group by s.metric_code, s.site_code, s.period, s.period_window, s.value, s.distance_from_best
