-- Grain: site x characteristic of the model of care x day from which the fact holds.
select
    site_code::text as site_code,
    characteristic::text as characteristic,
    as_of::date as as_of,
    effective_to::date as effective_to,
    level::text as level,
    evidence::text as evidence,
    recorded_by::text as recorded_by,
    recorded_at::timestamptz as recorded_at,
    (effective_to is null)::boolean as is_current
from {{ ref('stg_characteristic') }}
