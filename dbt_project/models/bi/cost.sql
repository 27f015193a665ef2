-- Grain: area (site, region, wave, programme) x period x service x cohort. What may be shown of mart.fct_cost: nothing
-- where a number behind it is small, or would give one away (bi_cost__withheld). What was withheld of a site after the
-- close of its month stays so: in the next release it would tell.
-- depends_on: {{ ref('dim_period') }}
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    meta={'own_site': 'area_code', 'of_areas': true},
    indexes=[{'columns': ['period', 'area_type', 'area_code', 'service', 'cohort'], 'unique': true},
             {'columns': ['area_type', 'area_code', 'service', 'cohort', 'period']}]
) }}
with withheld as (
    select * from {{ ref('bi_cost__withheld') }}
    {% if is_incremental() -%}
        union
        select
            t.area_type,
            t.area_code,
            t.period,
            t.service,
            {{ cost_kin('t') }} as kin
        from {{ this }} as t
        inner join {{ ref('dim_period') }} as p on t.period = p.period and t.built_at > p.primary_close_at
        where t.is_withheld and t.area_type = 'site' and {{ in_months('t.period', 'window_months') }}
    {%- endif %}
),

cell as (
    select
        c.*,
        w.kin is not null as is_withheld
    from {{ ref('fct_cost') }} as c
    left join withheld as w
        on
            (c.area_type, c.area_code, c.period, c.service, {{ cost_kin('c') }})
            = (w.area_type, w.area_code, w.period, w.service, w.kin)
    where {{ in_months('c.period', 'window_months') }}
)

select
    area_type::text as area_type,
    area_code::text as area_code,
    period::date as period,
    service::text as service,
    cohort::text as cohort,
    is_withheld::boolean as is_withheld,
    sites_count::integer as sites_count,
    sites_expected_count::integer as sites_expected_count,
    now()::timestamptz as built_at,
    {% for count in ['person_months', 'need_weighted_person_months', 'activity_count'] -%}
        case when not is_withheld then stat.disclosed_count({{ count }}) end::double precision as {{ count }},
    {% endfor -%}
    {% for money in [
        'nominal_gbp', 'real_gbp', 'nominal_gbp_per_person_month', 'real_gbp_per_person_month',
        'real_gbp_per_need_weighted_person_month'
    ] -%}
        case when not is_withheld then stat.significant({{ money }}, 3) end::double precision as {{ money }},
    {% endfor -%}
    case when is_withheld then 'suppressed' else state end::text as state,
    case when is_withheld then {{ reason_small() }} else reason end::text as state_reason,
    round(coverage_pct::numeric, 1)::double precision as coverage_pct
from cell
