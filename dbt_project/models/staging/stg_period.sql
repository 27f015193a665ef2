-- Grain: a calendar month the programme collects.
select * from {{ source('ref', 'period') }}
