-- Grain: a row of the current submission (practice x sex x age band x quintile; finer source bands stay rows).
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.sex,
    r.age_band,
    r.imd_quintile,
    r.registered_count,
    {{ suppressed('registered_count') }} as is_suppressed
from {{ source('raw', 'registered_list') }} as r
where {{ practice_is_of_site() }}
