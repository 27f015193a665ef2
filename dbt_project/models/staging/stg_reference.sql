-- Grain: version of a metric x sex x age band: the frozen events and population that indirect standardisation compares
-- with.
select
    definition_id,
    sex,
    age_band,
    events,
    population,
    first_period,
    last_period
from {{ source('ops', 'current_reference') }}
