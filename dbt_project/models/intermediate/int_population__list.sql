-- Grain: site x practice x period x sex x age band. Registered patients on the first day of the month, which
-- stand for the person-months of it.
select
    site_code,
    practice_code,
    period,
    sex,
    age_band,
    coalesce(sum(registered_count), 0)::bigint as registered_count,
    count(*) filter (where is_suppressed) as suppressed_count
from {{ ref('stg_registered_list') }}
where {{ in_months() }}
group by site_code, practice_code, period, sex, age_band
