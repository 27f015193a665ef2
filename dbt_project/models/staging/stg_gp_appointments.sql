-- Grain: a row of the current submission (practice x week x staff type x mode x status x wait band x category).
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.week_start_date,
    r.staff_type,
    r.mode,
    r.status,
    r.wait_band,
    r.category,
    r.appointments_count,
    r.wait_days_sum,
    r.wait_days_sumsq,
    r.minutes_sum,
    {{ suppressed('appointments_count') }} as is_appointments_count_suppressed,
    {{ suppressed('wait_days_sum') }} as is_wait_days_sum_suppressed,
    {{ suppressed('wait_days_sumsq') }} as is_wait_days_sumsq_suppressed,
    {{ suppressed('minutes_sum') }} as is_minutes_sum_suppressed
from {{ source('raw', 'gp_appointments') }} as r
where {{ practice_is_of_site() }}
