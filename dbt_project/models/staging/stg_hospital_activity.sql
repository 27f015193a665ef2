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
    coalesce(r.absent like '%events_count=suppressed%', false) as is_suppressed
from {{ source('raw', 'hospital_activity') }} as r
inner join {{ ref('stg_membership') }} as m
    on (r.site_code, r.practice_code, r.period) = (m.site_code, m.practice_code, m.period)
