-- Grain: metric x site x period: is the site better than its baseline, how sure is that, and what could be seen at all.
-- The comparison is of int_progress__compared; here it becomes a verdict, and a sentence. A verdict rests on the 95%
-- interval of the change, like for like; of a complete count, which has none, on worthwhile_change_pct.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true}, {'columns': ['site_code', 'period']}]
) }}
with judged as (
    select
        c.*,
        c.like_for_like_change + c.definition_change as change,
        case
            when c.state = 'not_due' then 'too_early'
            when c.value is null or c.baseline_value is null then 'cannot_say'
            when not c.is_apart then 'too_early'
            when c.like_for_like_change is null then 'cannot_say'
            when not c.is_complete_count and c.like_for_like_lower_95 is null then 'cannot_say'
            when
                c.like_for_like_change = 0
                or (
                    c.is_complete_count
                    and abs(c.like_for_like_change) < c.worthwhile_change_pct / 100 * abs(c.comparable_value)
                )
                or (c.like_for_like_lower_95 <= 0 and c.like_for_like_upper_95 >= 0)
                then 'no_detectable_change'
            when c.polarity = 'neutral' then 'changed'
            when (c.like_for_like_change < 0) = (c.polarity = 'lower_is_better') then 'improved'
            else 'worsened'
        end as verdict
    from {{ ref('int_progress__compared') }} as c
    where {{ in_months('c.period', 'window_months') }}
),

cause as (
    select
        metric_code,
        site_code,
        period,
        sum(amount) filter (where part = 'performance') as performance_change,
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
    j.first_period::date as first_period,
    (p.rank is not null)::boolean as is_priority,
    p.rank::integer as priority_rank,
    j.verdict::text as verdict,
    {{ verdict_text('j', 'c.main_part', 'c.performance_change') }}::text as verdict_text,
    j.state::text as state,
    j.definition_version::integer as definition_version,
    j.value::double precision as value,
    j.lower_95::double precision as lower_95,
    j.upper_95::double precision as upper_95,
    j.baseline_version::integer as baseline_version,
    j.baseline_first_period::date as baseline_first_period,
    j.baseline_last_period::date as baseline_last_period,
    j.baseline_value::double precision as baseline_value,
    j.baseline_lower_95::double precision as baseline_lower_95,
    j.baseline_upper_95::double precision as baseline_upper_95,
    j.change::double precision as change,
    (j.like_for_like_lower_95 + j.definition_change)::double precision as change_lower_95,
    (j.like_for_like_upper_95 + j.definition_change)::double precision as change_upper_95,
    (100 * j.change / nullif(abs(j.baseline_value), 0))::double precision as change_pct,
    j.definition_change::double precision as definition_change,
    c.performance_change::double precision as performance_change,
    t.target_value::double precision as target_value,
    case
        when j.polarity = 'lower_is_better' then j.value <= t.target_value
        when j.polarity = 'higher_is_better' then j.value >= t.target_value
    end::boolean as is_target_met,
    s.variation_icon::text as variation_icon,
    s.assurance_icon::text as assurance_icon,
    j.minimum_detectable_change_pct_50::double precision as minimum_detectable_change_pct_50,
    j.minimum_detectable_change_pct_80::double precision as minimum_detectable_change_pct_80,
    j.worthwhile_change_pct::double precision as worthwhile_change_pct,
    j.months_to_show_worthwhile_change::integer as months_to_show_worthwhile_change
from judged as j
left join cause as c on (j.metric_code, j.site_code, j.period) = (c.metric_code, c.site_code, c.period)
left join {{ ref('fct_spc') }} as s
    on
        (j.metric_code, j.site_code, j.period) = (s.metric_code, s.site_code, s.period)
        and {{ in_months('s.period', 'window_months') }}
left join {{ ref('int_progress__target') }} as t
    on
        (j.metric_code, j.site_code, j.period) = (t.metric_code, t.site_code, t.period)
        and {{ in_months('t.period', 'window_months') }}
left join {{ ref('stg_priority') }} as p
    on
        (j.metric_code, j.site_code) = (p.metric_code, p.site_code)
        and j.period >= p.from_period
        and (p.to_period is null or j.period <= p.to_period)
