-- Grain: a Primary Care Home.
select
    site_code::text as site_code,
    site_name::text as site_name,
    wave::text as wave,
    rural_pct::double precision as rural_pct,
    start_date::date as start_date,
    went_live::date as went_live,
    end_date::date as end_date,
    coalesce(region, 'not known')::text as region
from {{ ref('dim_site') }}
