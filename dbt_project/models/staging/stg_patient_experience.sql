-- Grain: a row of the current submission (practice x instrument x question x answer).
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.instrument,
    r.question_code,
    r.answer,
    r.responses_count,
    r.weighted_count,
    r.score_sum,
    r.score_sumsq,
    {{ suppressed('responses_count') }} as is_responses_count_suppressed,
    {{ suppressed('weighted_count') }} as is_weighted_count_suppressed,
    {{ suppressed('score_sum') }} as is_score_sum_suppressed,
    {{ suppressed('score_sumsq') }} as is_score_sumsq_suppressed
from {{ source('raw', 'patient_experience') }} as r
where {{ practice_is_of_site() }}
