-- Grain: metric x area (site, region, programme; a variant: wave) x period x window x slice, by the version in force;
-- where the area has counts of the whole. Age groups are crude rates: differences of age within a group remain.
-- Quintiles (programme, regions) are of the practices' patients as a whole, and by the metric's own method, as are the
-- variants (frail, need_weighted) that the definition declares.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'area_type', 'area_code', 'period_window']}]
) }}
with whole as (
    select
        metric_code,
        definition_version,
        'site' as area_type,
        site_code as area_code,
        period,
        period_window
    from {{ ref('fct_metric_value') }}
    where denominator is not null and {{ in_months('period', 'window_months') }}
    union all
    select
        metric_code,
        definition_version,
        area_type,
        area_code,
        period,
        period_window
    from {{ ref('fct_area_value') }}
    where denominator is not null and {{ in_months('period', 'window_months') }}
)

select
    w.metric_code::text as metric_code,
    w.area_type::text as area_type,
    w.area_code::text as area_code,
    w.period::date as period,
    w.period_window::text as period_window,
    f.reason::text as state_reason,
    w.definition_version::integer as definition_version,
    f.numerator::double precision as numerator,
    f.denominator::double precision as denominator,
    f.value::double precision as value,
    f.lower_95::double precision as lower_95,
    f.upper_95::double precision as upper_95,
    f.lower_998::double precision as lower_998,
    f.upper_998::double precision as upper_998,
    case when m.variant is null then f.slice_type else 'variant' end::text as slice_type,
    coalesce(m.variant, f.slice)::text as slice,
    case
        when f.value is not null then 'received'
        when m.method in ('dsr', 'dsr_repeat', 'crude_rate') then 'below_minimum'
        else 'not_applicable'
    end::text as state
from whole as w
inner join {{ ref('stg_metric') }} as m
    on w.metric_code = m.metric_code and w.definition_version = m.definition_version
inner join {{ ref('int_metric__figure') }} as f
    on
        (m.definition_id, w.area_type, w.area_code, w.period, w.period_window)
        = (f.definition_id, f.area_type, f.area_code, f.period, f.period_window)
        and (f.slice_type <> 'all') = (m.variant is null)
        and {{ in_months('f.period', 'window_months') }}
