-- Grain: site x practice x period x measure; practice '' is the whole site. Agreement is on five points, of which
-- 4 and 5 are favourable; satisfaction is scored 1 to 7, its sums made from the answers.
{{ measures_of(
    ref('stg_staff_survey'),
    measures=[
        ['staff_recommend_responses', 'respondents_count', "question_code = 'RECOMMEND_WORK'"],
        ['staff_recommend_favourable', 'respondents_count', "question_code = 'RECOMMEND_WORK' and answer >= 4"],
        ['staff_satisfaction_responses', 'respondents_count', "question_code = 'JOB_SATISFACTION'"],
        [
            'staff_satisfaction_score_sum',
            'respondents_count * answer',
            "question_code = 'JOB_SATISFACTION'",
            'is_respondents_count_suppressed'
        ],
        [
            'staff_satisfaction_score_sumsq',
            'respondents_count * answer ^ 2',
            "question_code = 'JOB_SATISFACTION'",
            'is_respondents_count_suppressed'
        ],
    ]
) }}
