-- Grain: metric x site x period, for the metric's main window (rolling twelve where it has one, else the month). Where
-- the site stands among its peers (fct_peer) that have a value. Rank 1 is the best of site and peers; of a neutral
-- metric the lowest.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true}]
) }}
with main as (
    select
        v.metric_code,
        v.site_code,
        v.period,
        v.period_window,
        v.value,
        m.polarity
    from {{ ref('fct_metric_value') }} as v
    inner join {{ ref('dim_metric') }} as m
        on
            v.metric_code = m.metric_code
            and v.period_window = {{ progress_window('m') }}
    where {{ in_months('v.period', 'window_months') }}
)

select
    s.metric_code::text as metric_code,
    s.site_code::text as site_code,
    s.period::date as period,
    s.period_window::text as period_window,
    s.value::double precision as value,
    count(o.value)::integer as peers_count,
    (percentile_cont(0.5) within group (order by o.value))::double precision as peer_median,
    (percentile_cont(0.25) within group (order by o.value))::double precision as peer_lower_quartile,
    (percentile_cont(0.75) within group (order by o.value))::double precision as peer_upper_quartile,
    case
        when s.value is null then null
        when s.polarity = 'higher_is_better' then 1 + count(*) filter (where o.value > s.value)
        else 1 + count(*) filter (where o.value < s.value)
    end::integer as rank_among_peers
from main as s
inner join {{ ref('fct_peer') }} as p on s.site_code = p.site_code and s.period = p.period
inner join main as o on (s.metric_code, p.peer_site_code, s.period) = (o.metric_code, o.site_code, o.period)
where {{ in_months('p.period', 'window_months') }}
group by s.metric_code, s.site_code, s.period, s.period_window, s.value, s.polarity
