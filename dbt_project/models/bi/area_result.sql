-- Grain: metric x area (programme, region, wave) x period x window. What may be shown of mart.fct_area_value. Totals
-- are of true figures, then rounded. The counts of a region are withheld where they are small, where one site alone of
-- it is withheld, and, with any site withheld, until the month has closed; those of a wave, which cuts across the
-- regions, where any of its sites is; those of the programme where any region's are. A standardised rate stays.
-- Why: docs/adr/0016.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'area_type', 'area_code', 'period_window'], 'unique': true},
             {'columns': ['metric_code', 'area_type', 'area_code', 'period_window', 'period']}]
) }}
with held_by as (
    select
        r.metric_code,
        a.area_type,
        a.area_code,
        r.period,
        r.period_window,
        count(*) as withheld_count
    from {{ ref('site_result') }} as r
    inner join {{ ref('dim_site') }} as s on r.site_code = s.site_code
    cross join lateral (values ('region', coalesce(s.region, '')), ('wave', s.wave)) as a (area_type, area_code)
    where r.is_withheld and {{ in_months('r.period', 'window_months') }}
    group by r.metric_code, a.area_type, a.area_code, r.period, r.period_window
),

cell as (
    select
        v.*,
        {{ disclosure_of('d') }},
        case v.area_type
            when 'region' then h.withheld_count = 1 or (h.withheld_count > 1 and p.primary_close_at > now())
            when 'wave' then h.withheld_count > 0
        end as is_telling,
        v.period_window = {{ progress_window('m') }} as is_main_window
    from {{ ref('fct_area_value') }} as v
    inner join {{ ref('dim_metric') }} as m on v.metric_code = m.metric_code
    inner join {{ ref('dim_period') }} as p on v.period = p.period
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    left join held_by as h
        on
            (v.metric_code, v.area_type, v.area_code, v.period, v.period_window)
            = (h.metric_code, h.area_type, h.area_code, h.period, h.period_window)
    where {{ in_months('v.period', 'window_months') }}
),

--  What the programme's total would leave over: a region, or the one withheld site of those without a region
telling as (
    select
        c.metric_code,
        c.period,
        c.period_window
    from cell as c
    where
        c.area_type = 'region'
        and c.denominator is not null
        and (coalesce(c.is_telling, false) or {{ is_small('c') }})
    union
    select
        metric_code,
        period,
        period_window
    from held_by
    where area_type = 'region' and area_code = '' and withheld_count = 1
),

judged as (
    select
        c.*,
        {{ decided('c', 'coalesce(c.is_telling, t.metric_code is not null)') }}
    from cell as c
    left join telling as t
        on
            c.area_type = 'programme'
            and (c.metric_code, c.period, c.period_window) = (t.metric_code, t.period, t.period_window)
),

shown as (
    {{ shown_figures('judged', nominal=true) }}
)

select
    s.metric_code::text as metric_code,
    s.area_type::text as area_type,
    s.area_code::text as area_code,
    s.period::date as period,
    s.period_window::text as period_window,
    s.is_main_window::boolean as is_main_window,
    s.definition_version::integer as definition_version,
    s.sites_count::integer as sites_count,
    s.sites_expected_count::integer as sites_expected_count,
    {% for figure in shown_columns() -%}
        s.shown_{{ figure }}::double precision as {{ figure }},
    {% endfor -%}
    s.shown_nominal_value::double precision as nominal_value,
    s.is_withheld::boolean as is_withheld,
    case when s.area_type = 'programme' then 'the programme' else s.area_code end::text as area_name,
    case when s.is_hidden then 'suppressed' else s.state end::text as state,
    case
        when s.is_withheld and {{ is_small('s') }} then {{ reason_small() }}
        when s.is_withheld then {{ reason_area() }}
        else s.state_reason
    end::text as state_reason,
    round(s.coverage_pct::numeric, 1)::double precision as coverage_pct
from shown as s
