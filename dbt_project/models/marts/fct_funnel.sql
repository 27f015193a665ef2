-- Grain: metric x site with a value x period x window. Where the site stands among all sites that have one: its decile,
-- and, where chance alone has known limits, the control limits for its size around the programme's figure and its
-- position by OHID's rule (stat.funnel_significance). Over-dispersed limits, wider where sites differ by more than
-- chance, stand beside (stat.funnel_overdispersed): read both before calling a site an outlier.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'period_window'], 'unique': true}]
) }}
with point as (
    select
        p.*,
        case when p.kind = 'proportion' then p.multiplier else p.centre end as scale
    from {{ ref('int_metric__funnel_point') }} as p
    where {{ in_months('p.period', 'window_months') }}
),

funnel as (
    select
        definition_id,
        period,
        period_window,
        case when max(kind) = 'proportion' then 'PR' else 'SR-SHMI' end as kind,
        array_agg(site_code order by site_code) as sites,
        array_agg(x order by site_code) as x,
        array_agg(n order by site_code) as n
    from point
    where kind is not null and centre is not null
    group by definition_id, period, period_window
),

limits as (
    select
        f.definition_id,
        f.period,
        f.period_window,
        o95.phi,
        o95.tau2,
        o95.lower as lower_95,
        o95.upper as upper_95,
        o998.lower as lower_998,
        o998.upper as upper_998,
        o95.od_lower as od_lower_95,
        o95.od_upper as od_upper_95,
        o998.od_lower as od_lower_998,
        o998.od_upper as od_upper_998,
        f.sites[o95.idx] as site_code
    from funnel as f
    cross join lateral stat.funnel_overdispersed(f.x, f.n, f.kind, 0.1, 0.95) as o95
    inner join lateral stat.funnel_overdispersed(f.x, f.n, f.kind, 0.1, 0.998) as o998 on o95.idx = o998.idx
),

placed as (
    select
        p.*,
        s.standing,
        case
            when p.kind is null then 'its spread by chance is not known'
            when p.centre is null then 'the programme has no figure'
            when s.standing is null then 'nothing is expected'
        end as funnel_position_reason
    from point as p
    cross join
        lateral stat.funnel_significance(
            p.kind, p.x, p.n, case when p.kind = 'proportion' then p.centre / p.multiplier else 1 end
        ) as s (standing)
)

select
    p.metric_code::text as metric_code,
    p.site_code::text as site_code,
    p.period::date as period,
    p.period_window::text as period_window,
    p.value::double precision as value,
    p.centre::double precision as centre,
    p.n::double precision as size,
    p.standing::text as funnel_position,
    p.funnel_position_reason::text as funnel_position_reason,
    p.sites_compared_count::integer as sites_compared_count,
    o.phi::double precision as phi,
    o.tau2::double precision as tau2,
    {% for level in ['95', '998'] -%}
        {% for bound in ['lower', 'upper'] -%}
            (p.scale * coalesce(b{{ level }}.{{ bound }}, o.{{ bound }}_{{ level }}))::double precision
                as control_{{ bound }}_{{ level }},
            (p.scale * o.od_{{ bound }}_{{ level }})::double precision as overdispersed_{{ bound }}_{{ level }},
        {% endfor -%}
    {% endfor -%}
    coalesce(
        (p.standing like 'High%' and p.polarity = 'higher_is_better')
        or (p.standing like 'Low%' and p.polarity = 'lower_is_better'),
        false
    )::boolean as is_better,
    coalesce(
        (p.standing like 'High%' and p.polarity = 'lower_is_better')
        or (p.standing like 'Low%' and p.polarity = 'higher_is_better'),
        false
    )::boolean as is_worse,
    stat.quantile(p.value_rank, p.sites_compared_count, 10)::integer as decile
from placed as p
{% for level in ['95', '998'] -%}
    cross join
        lateral stat.funnel_proportion(
            case when p.kind = 'proportion' then p.centre / p.multiplier end, p.n, 0.{{ level }}
        ) as b{{ level }}
{% endfor -%}
left join limits as o
    on
        (p.definition_id, p.site_code, p.period, p.period_window)
        = (o.definition_id, o.site_code, o.period, o.period_window)
