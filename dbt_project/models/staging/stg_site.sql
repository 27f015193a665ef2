-- Grain: a Primary Care Home.
select * from {{ source('ref', 'site') }}
