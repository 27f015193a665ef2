-- Grain: site x practice x period x measure, three of every indicator the site reports, whatever its code:
-- indicator_<code>[_<cohort>]_met, _eligible (exclusions already taken off), _excluded; no cohort in the names of
-- those of all patients. Registers are snapshots and achievement is to date: over several months the latest counts,
-- not the sum. Only the people on the frailty register, moderate and severe, stand for the person-months of a month;
-- the age band of these is their severity.
select
    r.site_code,
    r.practice_code,
    r.period,
    'all' as sex,
    m.age_band,
    m.measure_code,
    count(*) filter (where m.is_suppressed) as suppressed_count,
    coalesce(sum(m.quantity), 0)::double precision as quantity
from {{ ref('stg_clinical_indicators') }} as r
cross join
    lateral (
        values
        (
            concat_ws('_', 'indicator', lower(r.indicator_code), nullif(r.cohort, 'all')),
            r.indicator_code = 'FRAIL_REGISTER' and r.cohort in ('frail_moderate', 'frail_severe')
        )
    ) as i (indicator, is_frail)
cross join
    lateral (
        values
        (i.indicator || '_met', 'all', true, r.numerator_count, r.is_numerator_count_suppressed),
        (i.indicator || '_eligible', 'all', true, r.denominator_count, r.is_denominator_count_suppressed),
        (i.indicator || '_excluded', 'all', true, r.exclusions_count, r.is_exclusions_count_suppressed),
        ('frail_person_months', r.cohort, i.is_frail, r.numerator_count, r.is_numerator_count_suppressed)
    ) as m (measure_code, age_band, is_of, quantity, is_suppressed)
where {{ in_months('r.period') }} and m.is_of and (m.quantity is not null or m.is_suppressed)
group by r.site_code, r.practice_code, r.period, m.age_band, m.measure_code
