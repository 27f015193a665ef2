-- Grain: a Primary Care Home.
select
    site_code,
    site_name,
    region,
    start_date,
    end_date
from {{ source('ref', 'site') }}
