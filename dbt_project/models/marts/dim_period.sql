-- Grain: a calendar month the programme collects.
select
    period::date as period,
    to_char(period, 'YYYY-MM')::text as period_label,
    financial_year::text as financial_year,
    primary_close_at::timestamptz as primary_close_at,
    refresh_close_at::timestamptz as refresh_close_at
from {{ ref('stg_period') }}
