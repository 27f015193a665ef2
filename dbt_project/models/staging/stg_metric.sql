-- Grain: a metric of the defined set.
select * from {{ source('ref', 'metric') }}
