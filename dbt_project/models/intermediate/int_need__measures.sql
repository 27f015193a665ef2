-- Grain: site x practice x period x sex x age band x measure. Patients of the month weighted by their need of medicines
-- (ASTRO-PU); patients of unknown sex or age have no weight and are left out.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.sex,
    r.age_band,
    m.measure_code,
    r.suppressed_count,
    (r.registered_count * m.weight)::double precision as quantity
from {{ ref('int_population__list') }} as r
inner join {{ ref('stg_astro_pu') }} as w on (r.sex, r.age_band, r.period) = (w.sex, w.age_band, w.period)
cross join
    lateral (
        values ('astro_pu', w.astro_pu), ('need_weighted_person_months', w.need_ratio)
    ) as m (measure_code, weight)
where {{ in_months('r.period') }}
