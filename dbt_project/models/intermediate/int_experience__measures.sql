-- Grain: site x practice x period x measure, of every question of every instrument, whatever its code:
-- <instrument>_<question>_responses and _favourable (the two best answers), each also _weighted by the survey's own
-- weights; of scores _scored_responses, _score_sum, _score_sumsq. _weights_sumsq takes the weights of one row as equal
-- (their sum squared over their number; where the number is withheld, one): somewhat too small, so that the effective
-- number of answers, Kish's (sum of weights)^2 / sum of their squares, comes out somewhat too large.
select
    r.site_code,
    r.practice_code,
    r.period,
    'all' as sex,
    'all' as age_band,
    concat_ws('_', r.instrument, lower(r.question_code), m.part) as measure_code,
    count(*) filter (where m.is_suppressed) as suppressed_count,
    coalesce(sum(m.quantity), 0)::double precision as quantity
from {{ ref('stg_patient_experience') }} as r
cross join
    lateral (
        values
        (
            r.answer <> 'scored',
            r.answer in ('very_good', 'fairly_good'),
            r.answer = 'scored' and {{ recorded('score_sum') }} and {{ recorded('score_sumsq') }}
        )
    ) as a (is_answer, is_favourable, is_score)
cross join
    lateral (
        values
        ('responses', a.is_answer, r.responses_count, r.is_responses_count_suppressed),
        ('favourable', a.is_favourable, r.responses_count, r.is_responses_count_suppressed),
        ('responses_weighted', a.is_answer, r.weighted_count, r.is_weighted_count_suppressed),
        (
            'weights_sumsq',
            a.is_answer,
            r.weighted_count ^ 2 / greatest(coalesce(r.responses_count, 1), 1),
            r.is_weighted_count_suppressed
        ),
        ('favourable_weighted', a.is_favourable, r.weighted_count, r.is_weighted_count_suppressed),
        ('scored_responses', a.is_score, r.responses_count, r.is_responses_count_suppressed),
        ('score_sum', a.is_score, r.score_sum, r.is_score_sum_suppressed),
        ('score_sumsq', a.is_score, r.score_sumsq, r.is_score_sumsq_suppressed)
    ) as m (part, is_of, quantity, is_suppressed)
where {{ in_months('r.period') }} and m.is_of and (m.quantity is not null or m.is_suppressed)
group by r.site_code, r.practice_code, r.period, r.instrument, r.question_code, m.part
