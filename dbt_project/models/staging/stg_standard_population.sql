-- Grain: a five-year age band of the European Standard Population 2013. age_from: youngest age in it.
select
    age_band,
    band_order,
    standard_population,
    5 * (band_order - 1) as age_from
from {{ source('ref', 'standard_population') }}
