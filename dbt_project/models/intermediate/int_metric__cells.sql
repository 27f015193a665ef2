-- Grain: version of a metric x area (site, programme, region, wave) x slice x period x window x sex x age band: what
-- every figure is made of. method: how; a slice by age cannot be standardised for age. All methods are one query, which
-- makes it once and reads it as often as there are methods.
{{ config(materialized='ephemeral') }}
select
    s.definition_id,
    m.method,
    'site' as area_type,
    s.site_code as area_code,
    'all' as slice_type,
    'all' as slice,
    s.period,
    s.period_window,
    s.sex,
    s.age_band,
    s.numerator,
    s.denominator,
    s.squares,
    s.nominal,
    s.suppressed_count,
    s.months_count
from {{ ref('int_metric__window_strata') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
where {{ in_months('s.period', 'window_months') }}
union all
select
    s.definition_id,
    m.method,
    s.area_type,
    s.area_code,
    'all' as slice_type,
    'all' as slice,
    s.period,
    s.period_window,
    s.sex,
    s.age_band,
    s.numerator,
    s.denominator,
    s.squares,
    s.nominal,
    0 as suppressed_count,
    12 as months_count
from {{ ref('int_metric__area_strata') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
where {{ in_months('s.period', 'window_months') }}
union all
select
    s.definition_id,
    s.method,
    s.area_type,
    s.area_code,
    s.slice_type,
    s.slice,
    s.period,
    s.period_window,
    s.sex,
    s.age_band,
    s.numerator,
    s.denominator,
    s.squares,
    s.nominal,
    s.suppressed_count,
    12 as months_count
from {{ ref('int_metric__slices') }} as s
where {{ in_months('s.period', 'window_months') }}
