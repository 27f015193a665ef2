-- Grain: site x practice x period x sex x age band. Registered patients on the first day of the month; only
-- practices of the site. A suppressed cell is null, and said so.
{{ config(
    materialized='incremental', incremental_strategy='months',
    indexes=[{'columns': ['period', 'site_code']}]
) }}
select
    site_code::text as site_code,
    practice_code::text as practice_code,
    period::date as period,
    sex::text as sex,
    age_band::text as age_band,
    case when suppressed_count = 0 then registered_count end::bigint as registered_count,
    (suppressed_count > 0)::boolean as is_suppressed
from {{ ref('int_population__list') }}
where {{ in_months() }}
