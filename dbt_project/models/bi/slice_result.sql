-- Grain: metric x area (site, region, wave, programme) x period x slice, of the metric's main window: by age, by the
-- deprivation of the practices (regions and programme), and in the variants that a definition declares. What may be
-- shown of mart.fct_metric_slice: all slices of a kind and an area or none (bi_slice__site, bi_slice__area;
-- docs/adr/0016), and no other window, whose differences would tell.
-- depends_on: {{ ref('dim_period') }}
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    meta={'own_site': 'area_code', 'of_areas': true},
    indexes=[{'columns': ['period', 'metric_code', 'area_type', 'area_code', 'slice_type', 'slice'], 'unique': true},
             {'columns': ['metric_code', 'area_type', 'area_code', 'slice_type', 'period']}]
) }}
with withheld as (
    select
        metric_code,
        'site' as area_type,
        site_code as area_code,
        period,
        slice_type,
        variant
    from {{ ref('bi_slice__site') }}
    union
    select * from {{ ref('bi_slice__area') }}
    {% if is_incremental() -%}
        union
        select
            t.metric_code,
            t.area_type,
            t.area_code,
            t.period,
            t.slice_type,
            {{ variant_of('t') }} as variant
        from {{ this }} as t
        inner join {{ ref('dim_period') }} as p on t.period = p.period and t.built_at > p.primary_close_at
        where t.is_withheld and t.area_type = 'site' and {{ in_months('t.period', 'window_months') }}
    {%- endif %}
),

cell as (
    select
        v.*,
        d.multiplier,
        d.numerator_counts,
        d.denominator_counts,
        case v.slice_type when 'age_group' then 'crude_rate' else d.method end as method,
        case
            when v.slice_type = 'age_group' and d.numerator_counts = 'people' then 'from rounded counts' else d.shown_as
        end as shown_as,
        d.is_standardised and v.slice_type <> 'age_group' as is_standardised,
        w.metric_code is not null as is_held
    from {{ ref('fct_metric_slice') }} as v
    inner join {{ ref('dim_metric') }} as m
        on v.metric_code = m.metric_code and v.period_window = {{ progress_window('m') }}
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    left join withheld as w
        on
            (v.metric_code, v.area_type, v.area_code, v.period, v.slice_type, {{ variant_of('v') }})
            = (w.metric_code, w.area_type, w.area_code, w.period, w.slice_type, w.variant)
    where {{ in_months('v.period', 'window_months') }}
),

judged as (
    select
        c.*,
        {{ decided('c', 'c.is_held') }}
    from cell as c
),

shown as (
    {{ shown_figures('judged') }}
)

select
    metric_code::text as metric_code,
    area_type::text as area_type,
    area_code::text as area_code,
    period::date as period,
    period_window::text as period_window,
    slice_type::text as slice_type,
    slice::text as slice,
    definition_version::integer as definition_version,
    {% for figure in shown_columns() -%}
        shown_{{ figure }}::double precision as {{ figure }},
    {% endfor -%}
    is_withheld::boolean as is_withheld,
    now()::timestamptz as built_at,
    case when is_hidden then 'suppressed' else state end::text as state,
    case when is_withheld then {{ reason_slice() }} else state_reason end::text as state_reason
from shown
