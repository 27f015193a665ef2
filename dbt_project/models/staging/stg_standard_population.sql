-- Grain: a five-year age band of the European Standard Population 2013.
select
    age_band,
    band_order,
    standard_population
from {{ source('ref', 'standard_population') }}
