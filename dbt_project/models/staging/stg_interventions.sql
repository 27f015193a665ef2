-- Grain: a row of the current submission (practice or whole site x workstream x cohort). A row naming a practice
-- that is not the site's is set aside; a row naming none is of the whole site. caseload_open stands on the last
-- day of the month; the rest happened in it.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.workstream,
    r.cohort,
    r.start_date,
    r.caseload_open,
    r.starts,
    r.stops,
    r.contacts,
    r.mdt_reviews,
    r.care_plans,
    r.redirected_from_gp,
    {{ suppressed('caseload_open') }} as is_caseload_open_suppressed,
    {{ suppressed('starts') }} as is_starts_suppressed,
    {{ suppressed('stops') }} as is_stops_suppressed,
    {{ suppressed('contacts') }} as is_contacts_suppressed,
    {{ suppressed('mdt_reviews') }} as is_mdt_reviews_suppressed,
    {{ suppressed('care_plans') }} as is_care_plans_suppressed,
    {{ suppressed('redirected_from_gp') }} as is_redirected_from_gp_suppressed
from {{ source('raw', 'interventions') }} as r
where r.practice_code is null or {{ practice_is_of_site() }}
