-- Grain: a row of the current submission (practice x sex x age band x point of delivery x condition x frailty).
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.sex,
    r.age_band,
    r.pod,
    r.condition_group,
    r.frailty,
    r.events_count,
    r.bed_days,
    r.live_discharges_count,
    r.readmit_30d_count,
    r.cost_gbp,
    {{ suppressed('events_count') }} as is_events_count_suppressed,
    {{ suppressed('bed_days') }} as is_bed_days_suppressed,
    {{ suppressed('live_discharges_count') }} as is_live_discharges_count_suppressed,
    {{ suppressed('readmit_30d_count') }} as is_readmit_30d_count_suppressed,
    {{ suppressed('cost_gbp') }} as is_cost_gbp_suppressed
from {{ source('raw', 'hospital_activity') }} as r
where {{ practice_is_of_site() }}
