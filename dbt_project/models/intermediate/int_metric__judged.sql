-- Grain: version of a metric x site x period x window: every cell that must exist, in exactly one state, with what
-- stands beside the figure. A value stands only beside the states received and nil_return: an absent, suppressed or
-- too small figure is a state, never 0. Where the events are too few for a rate, what was counted is shown.
{{ config(months_var='window_months') }}
with judged as (
    select
        w.definition_id,
        w.metric_code,
        w.site_code,
        w.period,
        w.period_window,
        w.first_period,
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
        c.nominal_value,
        w.period >= m.in_force_from and w.period < m.in_force_to as is_in_force,
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
            when c.value is null and w.method in ('dsr', 'dsr_repeat', 'crude_rate') then 'below_minimum'
            when c.value is null then 'not_applicable'
            when w.period_window = 'month' and w.worst_state = 'nil_return' then 'nil_return'
            else 'received'
        end as state,
        case
            when not w.is_complete and w.period_window = 'fytd' then 'returns were not expected from April on'
            when not w.is_complete then 'fewer than twelve months of returns are expected yet'
            when w.method = 'count_share' and c.denominator is null then 'the window is still open'
            when w.method = 'count_share' then c.reason
            when w.period_window = 'month' and w.absent_feeds is not null then w.absent_feeds
            when w.coverage_pct < m.minimum_coverage_pct
                then 'accepted data cover ' || round(w.coverage_pct::numeric, 1) || '% of registered patients'
            when c.suppressed_count > 0
                then
                    case c.suppressed_count when 1 then '1 cell was' else c.suppressed_count || ' cells were' end
                    || ' suppressed by the site' || coalesce(
                        (
                            select max(' or could not be valued')
                            from {{ ref('int_inputs__charged') }} as v
                            where
                                'programme_inputs' = any(m.feeds)
                                and v.not_valued_count > 0
                                and w.site_code = v.site_code
                                and v.period between w.first_period and w.period
                        ),
                        ''
                    )
            when c.definition_id is null then 'nothing of it was reported'
            else c.reason
        end as state_reason
    from {{ ref('int_metric__window') }} as w
    inner join {{ ref('stg_metric') }} as m on w.definition_id = m.definition_id
    left join {{ ref('int_metric__figure') }} as c
        on
            (w.definition_id, w.site_code, w.period, w.period_window)
            = (c.definition_id, c.area_code, c.period, c.period_window)
            and (c.area_type, c.slice_type) = ('site', 'all')
            and {{ in_months('c.period', 'window_months') }}
    {% for beside, alias in [('quality', 'q'), ('explanations', 'x'), ('sensitivity', 's')] -%}
        left join {{ ref('int_metric__' ~ beside) }} as {{ alias }}
            on
                (w.definition_id, w.site_code, w.period, w.period_window)
                = ({{ alias }}.definition_id, {{ alias }}.site_code, {{ alias }}.period, {{ alias }}.period_window)
                and {{ in_months(alias ~ '.period', 'window_months') }}
    {% endfor -%}
    where m.variant is null and {{ in_months('w.period', 'window_months') }}
)

select
    definition_id,
    metric_code,
    definition_version,
    is_in_force,
    site_code,
    period,
    period_window,
    first_period,
    state,
    state_reason,
    coverage_pct,
    worst_finding_severity,
    worst_finding,
    worst_finding_message,
    open_questions_count,
    explanations,
    edition,
    {% for count in ['numerator', 'denominator'] -%}
        case
            when state in ('received', 'nil_return') or (state = 'below_minimum' and is_covered) then {{ count }}
        end as {{ count }},
    {% endfor -%}
    {% for figure in [
        'value', 'lower_95', 'upper_95', 'lower_998', 'upper_998', 'nominal_value', 'sensitivity_lower',
        'sensitivity_upper'
    ] -%}
        case when state in ('received', 'nil_return') then {{ figure }} end as {{ figure }},
    {% endfor -%}
    now() as judged_at
from judged
