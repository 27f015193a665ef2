-- Grain: a row of the current submission (practice or whole site x wave x role group x question x answer). A row
-- naming a practice that is not the site's is set aside; a row naming none is of the whole site.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.wave,
    r.role_group,
    r.question_code,
    r.answer::integer as answer,
    r.respondents_count,
    {{ suppressed('respondents_count') }} as is_respondents_count_suppressed
from {{ source('raw', 'staff_survey') }} as r
where r.practice_code is null or {{ practice_is_of_site() }}
