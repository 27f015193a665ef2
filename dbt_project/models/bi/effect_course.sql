-- Grain: outcome x method x area x period: observed, and what would have been. A month that is withheld in the results
-- of the outcome's metric is withheld here; of regions, waves and the programme, where one of them is.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
with held as (
    select
        metric_code,
        'site' as area_type,
        site_code as area_code,
        period
    from {{ ref('site_result') }}
    where is_withheld and period_window = 'month'
    union all
    select
        metric_code,
        area_type,
        case when area_type = 'programme' then 'all' else area_code end as area_code,
        period
    from {{ ref('area_result') }}
    where is_withheld and period_window = 'month'
),

judged as (
    select
        e.*,
        {{ worth_kind('e') }} as kind,
        coalesce(stat.is_disclosive(e.observed, {{ worth_kind('e') }}), false) or h.period is not null as is_small
    from {{ ref('fct_effect_course') }} as e
    left join held as h
        on
            not e.is_money
            and (e.metric_code, e.area_type, e.area_code, e.period)
            = (h.metric_code, h.area_type, h.area_code, h.period)
),

shown as (
    select
        e.*,
        e.is_small or {{ is_small_together('e.is_small', 'e.outcome, e.method, e.period') }} as is_hidden
    from judged as e
)

select
    outcome::text as outcome,
    method::text as method,
    area_type::text as area_type,
    area_code::text as area_code,
    period::date as period,
    is_hidden::boolean as is_withheld,
    {% for column in ['observed', 'expected'] -%}
        case when not is_hidden then stat.disclosed_count({{ column }}, kind) end::double precision as {{ column }},
    {% endfor -%}
    case when not is_hidden then {{ estimated('lower_95', 'is_money') }} end::double precision as expected_lower_95,
    case when not is_hidden then {{ estimated('upper_95', 'is_money') }} end::double precision as expected_upper_95
from shown
