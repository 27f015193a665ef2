-- Grain: a Primary Care Home. wave: as the register names it, else the financial year in which the site started.
select
    site_code,
    site_name,
    region,
    rural_pct,
    start_date,
    went_live,
    end_date,
    coalesce(
        wave,
        to_char(start_date - interval '3 months', 'YYYY') || '/' || to_char(start_date + interval '9 months', 'YY')
    ) as wave
from {{ source('ref', 'site') }}
