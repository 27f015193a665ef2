-- Grain: site x characteristic of the model of care x day from which the fact holds.
{{ config(meta={'own_site': 'site_code'}) }}
select
    site_code::text as site_code,
    as_of::date as as_of,
    effective_to::date as effective_to,
    is_current::boolean as is_current,
    evidence::text as evidence,
    case characteristic
        when 'population_30_50k' then 'population of 30,000 to 50,000'
        when 'integrated_workforce' then 'integrated workforce'
        when 'personalised_population_health' then 'personalisation with population health'
        when 'unified_capitated_budget' then 'unified capitated budget'
    end::text as characteristic,
    replace(level, '_', ' ')::text as level
from {{ ref('fct_characteristic') }}
