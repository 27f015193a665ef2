-- Grain: sex x age band x period. astro_pu: prescribing units one patient stands for. need_ratio: the same over their
-- mean in the standard population, so that need-weighted patients are about as many as patients.
with in_force as (
    {{ dated_by_month(source('ref', 'astro_pu'), ['sex', 'age_band']) }}
)

select
    w.sex,
    w.age_band,
    w.period,
    w.weight as astro_pu,
    w.weight * sum(e.standard_population) over (partition by w.period)
    / sum(w.weight * e.standard_population) over (partition by w.period) as need_ratio
from in_force as w
inner join {{ ref('stg_standard_population') }} as e on w.age_band = e.age_band
