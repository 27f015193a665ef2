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
    coalesce(r.absent like '%registered_count=suppressed%', false) as is_suppressed
from {{ source('raw', 'registered_list') }} as r
inner join {{ ref('stg_membership') }} as m
    on (r.site_code, r.practice_code, r.period) = (m.site_code, m.practice_code, m.period)
