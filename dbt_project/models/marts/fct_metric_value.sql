-- Grain: metric x site x period x window; every cell exists and is in exactly one state. A value stands only
-- beside the states received and nil_return: an absent, suppressed or too small figure is a state, never 0. Where
-- the events are too few for a rate, what was counted is shown.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'period_window'], 'unique': true},
             {'columns': ['site_code', 'metric_code']}]
) }}
with computed as (
    {% for method in ['dsr', 'crude_rate', 'quotient'] %}
        select
            metric_code,
            site_code,
            period,
            period_window,
            numerator,
            denominator,
            suppressed_count,
            value,
            lower_95,
            upper_95,
            lower_998,
            upper_998,
            reason
        from {{ ref('int_metric__' ~ method) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}
),

judged as (
    select
        w.metric_code,
        w.site_code,
        w.period,
        w.period_window,
        w.coverage_pct,
        m.definition_version,
        q.worst_finding_severity,
        q.worst_finding,
        q.worst_finding_message,
        q.open_questions_count,
        q.edition,
        x.explanations,
        c.numerator,
        c.denominator,
        c.value,
        c.lower_95,
        c.upper_95,
        c.lower_998,
        c.upper_998,
        least(c.value * s.lower_ratio, c.value * s.upper_ratio) as sensitivity_lower,
        greatest(c.value * s.lower_ratio, c.value * s.upper_ratio) as sensitivity_upper,
        w.coverage_pct >= m.minimum_coverage_pct as is_covered,
        case
            when not w.is_complete then 'not_due'
            when w.method = 'count_share' and (c.denominator is null or c.reason like '%still open')
                then 'not_due'
            when w.method = 'count_share' and c.value is null then 'not_applicable'
            when w.method = 'count_share' then 'received'
            when w.period_window = 'month' and w.absent_feeds is not null then w.worst_state
            when w.coverage_pct = 0 then case w.worst_state when 'received' then 'below_minimum' else w.worst_state end
            when w.coverage_pct < m.minimum_coverage_pct then 'below_minimum'
            when c.suppressed_count > 0 then 'suppressed'
            when c.value is null and w.method = 'ratio' then 'not_applicable'
            when c.value is null then 'below_minimum'
            when w.period_window = 'month' and w.worst_state = 'nil_return' then 'nil_return'
            else 'received'
        end as state,
        case
            when not w.is_complete then 'fewer than twelve months of returns are expected yet'
            when w.method = 'count_share' and c.denominator is null then 'the window is still open'
            when w.method = 'count_share' then c.reason
            when w.period_window = 'month' and w.absent_feeds is not null then w.absent_feeds
            when w.coverage_pct < m.minimum_coverage_pct
                then 'accepted data cover ' || round(w.coverage_pct::numeric, 1) || '% of registered patients'
            when c.suppressed_count = 1 then '1 cell was suppressed by the site'
            when c.suppressed_count > 0 then c.suppressed_count || ' cells were suppressed by the site'
            else c.reason
        end as state_reason
    from {{ ref('int_metric__window') }} as w
    inner join {{ ref('stg_metric') }} as m on w.metric_code = m.metric_code
    left join computed as c
        on
            (w.metric_code, w.site_code, w.period, w.period_window)
            = (c.metric_code, c.site_code, c.period, c.period_window)
    {% for beside, alias in [('quality', 'q'), ('explanations', 'x'), ('sensitivity', 's')] -%}
        left join {{ ref('int_metric__' ~ beside) }} as {{ alias }}
            on
                (w.metric_code, w.site_code, w.period, w.period_window)
                = ({{ alias }}.metric_code, {{ alias }}.site_code, {{ alias }}.period, {{ alias }}.period_window)
    {% endfor -%}
    where {{ in_months('w.period', 'window_months') }}
)

select
    metric_code::text as metric_code,
    site_code::text as site_code,
    period::date as period,
    period_window::text as period_window,
    state::text as state,
    state_reason::text as state_reason,
    coverage_pct::double precision as coverage_pct,
    definition_version::integer as definition_version,
    worst_finding_severity::text as worst_finding_severity,
    worst_finding::text as worst_finding,
    worst_finding_message::text as worst_finding_message,
    open_questions_count::integer as open_questions_count,
    explanations::text[] as explanations,
    edition::text as edition,
    {% for count in ['numerator', 'denominator'] -%}
        case
            when state in ('received', 'nil_return') or (state = 'below_minimum' and is_covered) then {{ count }}
        end::double precision as {{ count }},
    {% endfor -%}
    {% for figure in [
        'value', 'lower_95', 'upper_95', 'lower_998', 'upper_998', 'sensitivity_lower', 'sensitivity_upper'
    ] -%}
        case when state in ('received', 'nil_return') then {{ figure }} end::double precision as {{ figure }},
    {% endfor -%}
    now()::timestamptz as built_at
from judged
