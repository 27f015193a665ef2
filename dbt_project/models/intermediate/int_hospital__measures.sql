-- Grain: site x practice x period x sex x age band x measure.
select
    site_code,
    practice_code,
    period,
    sex,
    age_band,
    'emergency_spells' as measure_code,
    coalesce(sum(events_count), 0)::double precision as quantity,
    count(*) filter (where is_suppressed) as suppressed_count
from {{ ref('stg_hospital_activity') }}
where pod = 'em' and {{ in_months() }}
group by site_code, practice_code, period, sex, age_band
