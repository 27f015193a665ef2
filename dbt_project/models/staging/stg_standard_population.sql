-- Grain: a five-year age band of the European Standard Population 2013.
select * from {{ source('ref', 'standard_population') }}
