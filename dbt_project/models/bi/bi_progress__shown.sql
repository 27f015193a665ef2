-- Grain: metric x site x period. mart.fct_progress with the figures that may be shown in place of the true ones; of
-- rates made from rounded counts, the change and its interval are made of what is shown, too.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with baseline as (
    {{ shown_figures(ref('bi_progress__baseline')) }}
)

select
    p.metric_code,
    p.site_code,
    p.period,
    p.period_window,
    m.metric_name,
    m.unit,
    p.is_priority,
    p.priority_rank,
    p.definition_version,
    p.baseline_version,
    p.baseline_first_period,
    p.baseline_last_period,
    p.target_value,
    p.worthwhile_change_pct,
    p.months_to_show_worthwhile_change,
    r.state,
    r.state_reason,
    r.value,
    r.lower_95,
    r.upper_95,
    b.shown_value as baseline_value,
    b.shown_lower_95 as baseline_lower_95,
    b.shown_upper_95 as baseline_upper_95,
    f.definition_change,
    d.method in ('quotient', 'count_share') as is_complete_count,
    b.shown_value + f.definition_change as comparable_value,
    coalesce(b.is_hidden, false) as is_baseline_hidden,
    case when r.state = 'suppressed' then 'cannot_say' else p.verdict end as verdict,
    case when r.state <> 'suppressed' then p.is_target_met end as is_target_met,
    {{ shown_part('p.performance_change', 'd', 'v') }} as performance_change,
    case when p.change is not null then c.value - f.definition_change end as like_for_like_change,
    {% for bound in ['lower', 'upper'] -%}
        case
            when p.change is null or c.value is null then null
            when d.shown_as = 'from rounded counts' then c.{{ bound }} - f.definition_change
            else stat.significant(p.change_{{ bound }}_95 - p.definition_change, 3)
        end as like_for_like_{{ bound }}_95,
    {% endfor -%}
{% for power in ['50', '80'] -%}
    case
        when not b.is_hidden then stat.significant(p.minimum_detectable_change_pct_{{ power }}, 2)
    end as minimum_detectable_change_pct_{{ power }}{{ ',' if not loop.last }}
{% endfor -%}
from {{ ref('fct_progress') }} as p
inner join {{ ref('dim_metric') }} as m on p.metric_code = m.metric_code
inner join {{ ref('definition') }} as d
    on p.metric_code = d.metric_code and p.definition_version = d.definition_version
{% for result, alias in [(ref('fct_metric_value'), 'v'), (ref('site_result'), 'r')] -%}
    inner join {{ result }} as {{ alias }}
        on
            (p.metric_code, p.site_code, p.period, p.period_window)
            = ({{ alias }}.metric_code, {{ alias }}.site_code, {{ alias }}.period, {{ alias }}.period_window)
            and {{ in_months(alias ~ '.period', 'window_months') }}
{% endfor -%}
left join baseline as b on p.metric_code = b.metric_code and p.site_code = b.site_code
cross join lateral (values (stat.significant(p.definition_change, 3))) as f (definition_change)
cross join
    lateral stat.difference(
        b.shown_value, b.shown_lower_95, b.shown_upper_95, r.value, r.lower_95, r.upper_95
    ) as c
where {{ in_months('p.period', 'window_months') }}
