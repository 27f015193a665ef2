-- Grain: metric x site x period that has a monthly figure, as the XmR chart up to that month judges it
-- (stat.xmr_last): limits from the first twelve months of its stretch, then frozen. A stretch begins with the series,
-- with another version of the definition, and where the chart is re-based; months without a figure are gaps, and the
-- rules count months present.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true}]
) }}
with rebased as (
    select
        r.metric_code,
        s.site_code,
        array_agg(distinct r.from_period) as begins
    from {{ ref('stg_rebase') }} as r
    inner join {{ ref('stg_site') }} as s on r.site_code is null or r.site_code = s.site_code
    group by r.metric_code, s.site_code
),

stretch as (
    select
        v.metric_code,
        v.site_code,
        array_agg(v.value order by v.period) as y,
        array_agg(v.period order by v.period) as periods,
        min(v.period) > min(min(v.period)) over (partition by v.metric_code, v.site_code) as is_after_a_break
    from {{ ref('fct_metric_value') }} as v
    left join rebased as r on (v.metric_code, v.site_code) = (r.metric_code, r.site_code)
    where v.period_window = 'month' and v.value is not null
    group by
        v.metric_code,
        v.site_code,
        v.definition_version,
        case when r.begins is not null then (
            select count(*) from unnest(r.begins) as b (at)
            where b.at <= v.period
        ) end
)

select
    s.metric_code::text as metric_code,
    s.site_code::text as site_code,
    p.period::date as period,
    s.y[p.points_count]::double precision as value,
    t.target_value::double precision as target_value,
    x.mean::double precision as mean,
    x.lpl::double precision as lpl,
    x.upl::double precision as upl,
    x.special_cause_type::text as special_cause_type,
    x.point_type::text as point_type,
    x.variation_icon::text as variation_icon,
    x.assurance_icon::text as assurance_icon,
    p.points_count::integer as points_count,
    s.periods[1]::date as stretch_first_period,
    (s.is_after_a_break and p.points_count = 1)::boolean as is_break
from stretch as s
inner join {{ ref('dim_metric') }} as m on s.metric_code = m.metric_code
cross join lateral unnest(s.periods) with ordinality as p (period, points_count)
left join {{ ref('int_progress__target') }} as t
    on (s.metric_code, s.site_code, p.period) = (t.metric_code, t.site_code, t.period)
cross join
    lateral stat.xmr_last(
        s.y[1:p.points_count::integer],
        case m.polarity
            when 'lower_is_better' then 'decrease' when 'higher_is_better' then 'increase' else 'neutral'
        end,
        fix_after => 12,
        target => t.target_value
    ) as x
where {{ in_months('p.period', 'window_months') }}
