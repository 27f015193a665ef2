-- Grain: metric x site x period x window. What may be shown of mart.fct_metric_value, and beside it what is said of the
-- figure. Counts are withheld of a cell that is small or goes with a small one (mart.fct_withheld), and of a longer
-- window that holds it; of that, only a standardised rate stays (docs/adr/0016).
-- depends_on: {{ ref('fct_return') }}
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'period_window'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period_window', 'period']},
             {'columns': ['metric_code', 'period_window', 'period']}]
) }}
with withheld as (
    {{ withheld_months() }}
),

--  What each withheld month is part of
held_by as (
    select distinct
        h.metric_code,
        h.site_code,
        p.period,
        w.period_window
    from withheld as h
    inner join {{ ref('dim_period') }} as p on p.period between h.period and h.period + interval '11 months'
    cross join unnest(array['month', 'r12', 'fytd']) as w (period_window)
    where
        {{ in_months('p.period', 'window_months') }}
        and case w.period_window
            when 'month' then p.period = h.period
            when 'fytd' then {{ financial_year_start('p.period') }} = {{ financial_year_start('h.period') }}
            else true
        end
),

counted as (
    select
        v.*,
        {{ disclosure_of('d') }},
        h.metric_code is not null as is_held,
        v.period_window = {{ progress_window('m') }} as is_main_window
    from {{ ref('fct_metric_value') }} as v
    inner join {{ ref('dim_metric') }} as m on v.metric_code = m.metric_code
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    left join held_by as h
        on
            (v.metric_code, v.site_code, v.period, v.period_window)
            = (h.metric_code, h.site_code, h.period, h.period_window)
    where {{ in_months('v.period', 'window_months') }}
),

cell as (
    select
        c.*,
        {{ decided('c', 'c.is_held', stays="c.is_standardised and c.period_window <> 'month'") }}
    from counted as c
),

shown as (
    {{ shown_figures('cell', nominal=true) }}
)

select
    s.metric_code::text as metric_code,
    s.site_code::text as site_code,
    s.period::date as period,
    s.period_window::text as period_window,
    s.is_main_window::boolean as is_main_window,
    s.definition_version::integer as definition_version,
    {% for figure in shown_columns() -%}
        s.shown_{{ figure }}::double precision as {{ figure }},
    {% endfor -%}
    s.shown_nominal_value::double precision as nominal_value,
    s.is_withheld::boolean as is_withheld,
    s.edition::text as edition,
    s.worst_finding_severity::text as worst_finding_severity,
    s.worst_finding::text as worst_finding,
    s.open_questions_count::integer as open_questions_count,
    now()::timestamptz as built_at,
    case when s.is_hidden then 'suppressed' else s.state end::text as state,
    case
        when s.is_withheld and (s.period_window = 'month' or not s.is_held) then {{ reason_small() }}
        when s.is_withheld then {{ reason_window() }}
        else s.state_reason
    end::text as state_reason,
    round(s.coverage_pct::numeric, 1)::double precision as coverage_pct,
    p.target_value::double precision as target_value,
    {% for column, type in [
        ('p.verdict', 'text'), ('p.is_target_met', 'boolean'), ('c.variation_icon', 'text'), ('c.assurance_icon', 'text'),
        ('f.funnel_position', 'text'), ('f.decile', 'integer')
    ] -%}
    case when not s.is_hidden then {{ column }} end::{{ type }} as {{ column[2:] }}{{ ',' if not loop.last }}
{% endfor -%}
from shown as s
{% for fact, alias, condition in [
    ('fct_progress', 'p', 's.is_main_window'), ('fct_spc', 'c', "s.period_window = 'month'"),
    ('fct_funnel', 'f', 's.period_window = f.period_window')
] -%}
    left join {{ ref(fact) }} as {{ alias }}
        on
            (s.metric_code, s.site_code, s.period)
            = ({{ alias }}.metric_code, {{ alias }}.site_code, {{ alias }}.period)
            and {{ condition }} and {{ in_months(alias ~ '.period', 'window_months') }}
{% endfor -%}
