-- Grain: a calendar month the programme collects.
select
    period::date as period,
    financial_year::text as financial_year,
    primary_close_at::timestamptz as primary_close_at,
    refresh_close_at::timestamptz as refresh_close_at,
    to_char(period, 'YYYY-MM')::text as period_label
from {{ ref('stg_period') }}
