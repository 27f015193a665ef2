-- Grain: metric x site x period: the verdict on the figure of the metric's main window beside the site's baseline. The
-- verdict is of the true figures, which on the edge may say another thing than those shown here.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period']}]
) }}
with cause as (
    select
        metric_code,
        site_code,
        period,
        (array_agg(part order by abs(amount) desc) filter (where part not in ('performance', 'definition')))[1]
            as main_part
    from {{ ref('fct_change_part') }}
    where {{ in_months('period', 'window_months') }}
    group by metric_code, site_code, period
)

select
    j.metric_code::text as metric_code,
    j.site_code::text as site_code,
    j.period::date as period,
    j.period_window::text as period_window,
    j.is_priority::boolean as is_priority,
    j.priority_rank::integer as priority_rank,
    j.verdict::text as verdict,
    j.state::text as state,
    {% for figure in [
        'value', 'lower_95', 'upper_95', 'baseline_value', 'baseline_lower_95', 'baseline_upper_95'
    ] -%}
        j.{{ figure }}::double precision as {{ figure }},
    {% endfor -%}
    j.baseline_first_period::date as baseline_first_period,
    j.baseline_last_period::date as baseline_last_period,
    (j.like_for_like_change + j.definition_change)::double precision as change,
    (j.like_for_like_lower_95 + j.definition_change)::double precision as change_lower_95,
    (j.like_for_like_upper_95 + j.definition_change)::double precision as change_upper_95,
    j.definition_change::double precision as definition_change,
    j.target_value::double precision as target_value,
    j.is_target_met::boolean as is_target_met,
    j.minimum_detectable_change_pct_50::double precision as minimum_detectable_change_pct_50,
    j.minimum_detectable_change_pct_80::double precision as minimum_detectable_change_pct_80,
    j.months_to_show_worthwhile_change::integer as months_to_show_worthwhile_change,
    case
        when j.is_baseline_hidden and j.value is not null
            then
                j.metric_name || ': ' || replace(j.verdict, '_', ' ')
                || '; the baseline is suppressed, because of small numbers.'
        else {{ verdict_text('j', 'c.main_part', 'j.performance_change') }}
    end::text as verdict_text,
    round(
        (100 * (j.like_for_like_change + j.definition_change) / nullif(abs(j.baseline_value), 0))::numeric, 1
    )::double precision as change_pct
from {{ ref('bi_progress__shown') }} as j
left join cause as c on (j.metric_code, j.site_code, j.period) = (c.metric_code, c.site_code, c.period)
