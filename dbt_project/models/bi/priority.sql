-- Grain: site x metric x first month: a metric of the set that the site chose to be shown first.
{{ config(meta={'own_site': 'site_code'}) }}
select
    site_code::text as site_code,
    metric_code::text as metric_code,
    from_period::date as from_period,
    to_period::date as to_period,
    priority_rank::integer as priority_rank,
    is_current::boolean as is_current,
    because::text as because
from {{ ref('fct_priority') }}
