-- Grain: a row of the current submission (practice or whole site x staff group x role x employer). A row naming a
-- practice that is not the site's is set aside; a row naming none is of the team of the whole site. fte, headcount
-- and vacant_fte stand on the last day of the month; the rest happened in it.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.staff_group,
    r.role,
    r.employer_type,
    r.fte,
    r.headcount,
    r.vacant_fte,
    r.joiners,
    r.leavers,
    r.advertised,
    r.filled_90d,
    r.absence_days,
    r.available_days,
    {{ suppressed('fte') }} as is_fte_suppressed,
    {{ suppressed('vacant_fte') }} as is_vacant_fte_suppressed,
    {{ suppressed('leavers') }} as is_leavers_suppressed,
    {{ suppressed('advertised') }} as is_advertised_suppressed,
    {{ suppressed('filled_90d') }} as is_filled_90d_suppressed,
    {{ suppressed('absence_days') }} as is_absence_days_suppressed,
    {{ suppressed('available_days') }} as is_available_days_suppressed
from {{ source('raw', 'workforce') }} as r
where r.practice_code is null or {{ practice_is_of_site() }}
