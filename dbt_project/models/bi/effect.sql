-- Grain: outcome x method x area (site, region, wave, programme): what may be shown of mart.fct_effect. Where a number
-- of events is from 1 to 7, nothing is; and no region, wave or programme, if it is so in one of them.
{{ config(tags=['worth'], meta={'own_site': 'area_code', 'of_areas': true}) }}
with judged as (
    select
        e.*,
        {{ worth_kind('e') }} as kind,
        coalesce(stat.is_disclosive(e.observed, {{ worth_kind('e') }}), false) as is_small
    from {{ ref('fct_effect') }} as e
),

shown as (
    select
        e.*,
        e.is_small or {{ is_small_together('e.is_small', 'e.outcome, e.method') }} as is_hidden
    from judged as e
)

select
    outcome::text as outcome,
    method::text as method,
    area_type::text as area_type,
    area_code::text as area_code,
    area_name::text as area_name,
    outcome_title::text as outcome_title,
    is_money::boolean as is_money,
    first_period::date as first_period,
    last_period::date as last_period,
    sites_count::integer as sites_count,
    site_months_count::integer as site_months_count,
    is_hidden::boolean as is_withheld,
    stat.significant(covered_pct, 3)::double precision as covered_pct,
    stat.significant(detectable_effect_pct, 2)::double precision as detectable_effect_pct,
    {% for column in ['effect_pct', 'effect_lower_95', 'effect_upper_95'] -%}
        case when not is_hidden then stat.significant({{ column }}, 3) end::double precision as {{ column }},
    {% endfor -%}
    {% for column in ['observed', 'expected'] -%}
        case when not is_hidden then stat.disclosed_count({{ column }}, kind) end::double precision as {{ column }},
    {% endfor -%}
    {% for column in ['avoided', 'avoided_lower_95', 'avoided_upper_95'] -%}
        case when not is_hidden then {{ estimated(column, 'is_money') }} end::double precision as {{ column }},
    {% endfor -%}
    case when is_hidden then 'cannot_conclude' else verdict end::text as verdict,
    case when is_hidden then {{ reason_small() }} else reason end::text as reason
from shown
