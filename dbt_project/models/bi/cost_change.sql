-- Grain: area (site, region, wave, programme) x period x service. What may be shown of mart.fct_cost_change: nothing
-- where a month of the two years is withheld (cost). Each figure to three digits, so parts sum to the change but for
-- that.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months', pre_hook='{{ start_anew() }}',
    meta={'own_site': 'area_code', 'of_areas': true},
    indexes=[{'columns': ['area_type', 'area_code', 'service', 'period'], 'unique': true}, {'columns': ['period']}]
) }}
with withheld as (
    select distinct
        c.area_type,
        c.area_code,
        c.period,
        c.service
    from {{ ref('fct_cost_change') }} as c
    inner join {{ ref('cost') }} as m
        on
            (c.area_type, c.area_code, c.service, 'all') = (m.area_type, m.area_code, m.service, m.cohort)
            and m.period between c.period - interval '23 months' and c.period
            and m.is_withheld
    where {{ from_first_month('c.period') }}
),

cell as (
    select
        c.*,
        w.service is not null as is_withheld
    from {{ ref('fct_cost_change') }} as c
    left join withheld as w
        on (c.area_type, c.area_code, c.period, c.service) = (w.area_type, w.area_code, w.period, w.service)
    where {{ from_first_month('c.period') }}
)

select
    area_type::text as area_type,
    area_code::text as area_code,
    period::date as period,
    service::text as service,
    is_withheld::boolean as is_withheld,
    sites_count::integer as sites_count,
    months_count::integer as months_count,
    {% for figure in [
        'real_gbp_per_person_month', 'real_gbp_per_person_month_before', 'real_change_gbp', 'need_gbp', 'volume_gbp',
        'price_gbp', 'nominal_change_gbp', 'inflation_gbp'
    ] -%}
        case when not is_withheld then stat.significant({{ figure }}, 3) end::double precision as {{ figure }},
    {% endfor -%}
    case when is_withheld then 'suppressed' else 'received' end::text as state,
    case when is_withheld then {{ reason_window() }} end::text as state_reason
from cell
