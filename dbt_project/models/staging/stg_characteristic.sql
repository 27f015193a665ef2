-- Grain: site x characteristic of the model x as_of, up to, not including, the day effective_to (null: until today).
select
    site_code,
    characteristic,
    as_of,
    effective_to,
    level,
    evidence,
    recorded_by,
    recorded_at
from {{ source('ops', 'current_characteristic') }}
