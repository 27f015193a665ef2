-- Grain: metric x version of its definition x site x period, of the main window: versions side by side, the one in
-- force among them. No counts: two versions of one count, beside each other, would tell what lies between.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'metric_code', 'site_code', 'definition_version'], 'unique': true},
             {'columns': ['site_code', 'metric_code', 'period']}]
) }}
with other as (
    select
        v.*,
        null::double precision as lower_998,
        null::double precision as upper_998,
        {{ disclosure_of('d') }},
        r.is_withheld,
        r.state = 'suppressed' as is_cell_hidden
    from {{ ref('fct_metric_version') }} as v
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    inner join {{ ref('site_result') }} as r
        on
            r.is_main_window
            and (v.metric_code, v.site_code, v.period, v.period_window)
            = (r.metric_code, r.site_code, r.period, r.period_window)
            and {{ in_months('r.period', 'window_months') }}
    where {{ in_months('v.period', 'window_months') }}
),

judged as (
    select
        o.*,
        o.is_cell_hidden or {{ is_small('o') }} or (o.is_withheld and not o.is_standardised) as is_hidden
    from other as o
),

shown as (
    {{ shown_figures('judged') }}
)

select
    metric_code::text as metric_code,
    definition_version::integer as definition_version,
    site_code::text as site_code,
    period::date as period,
    period_window::text as period_window,
    false::boolean as is_in_force,
    shown_value::double precision as value,
    shown_lower_95::double precision as lower_95,
    shown_upper_95::double precision as upper_95,
    case when is_hidden then 'suppressed' else state end::text as state,
    case when is_hidden then {{ reason_small() }} else state_reason end::text as state_reason
from shown
union all
select
    r.metric_code::text as metric_code,
    r.definition_version::integer as definition_version,
    r.site_code::text as site_code,
    r.period::date as period,
    r.period_window::text as period_window,
    true::boolean as is_in_force,
    r.value::double precision as value,
    r.lower_95::double precision as lower_95,
    r.upper_95::double precision as upper_95,
    r.state::text as state,
    r.state_reason::text as state_reason
from {{ ref('site_result') }} as r
where
    r.is_main_window
    and exists (
        select from {{ ref('definition') }} as d
        where d.metric_code = r.metric_code and not d.is_newest
    )
    and {{ in_months('r.period', 'window_months') }}
