-- Grain: a calendar month the programme collects.
select
    period,
    financial_year,
    primary_close_at,
    refresh_close_at
from {{ source('ref', 'period') }}
