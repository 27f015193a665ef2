-- Grain: a row of the current submission (practice x indicator x cohort).
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.indicator_code,
    r.cohort,
    r.numerator_count,
    r.denominator_count,
    r.exclusions_count,
    {{ suppressed('numerator_count') }} as is_numerator_count_suppressed,
    {{ suppressed('denominator_count') }} as is_denominator_count_suppressed,
    {{ suppressed('exclusions_count') }} as is_exclusions_count_suppressed
from {{ source('raw', 'clinical_indicators') }} as r
where {{ practice_is_of_site() }}
