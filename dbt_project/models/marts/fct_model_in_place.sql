-- Grain: site x period: how far the four characteristics of the model were in place on the last day of the month, to
-- read outcomes against. What nobody has recorded is counted nowhere.
select
    s.site_code::text as site_code,
    p.period::date as period,
    count(*) filter (where c.level = 'in_place')::integer as characteristics_in_place_count,
    count(*) filter (where c.level = 'partly')::integer as characteristics_partly_count,
    count(c.level)::integer as characteristics_recorded_count,
    coalesce(bool_or(c.characteristic = 'population_30_50k' and c.level = 'in_place'), false)::boolean
        as has_population_30_50k,
    coalesce(bool_or(c.characteristic = 'integrated_workforce' and c.level = 'in_place'), false)::boolean
        as has_integrated_workforce,
    coalesce(bool_or(c.characteristic = 'personalised_population_health' and c.level = 'in_place'), false)::boolean
        as has_personalised_population_health,
    coalesce(bool_or(c.characteristic = 'unified_capitated_budget' and c.level = 'in_place'), false)::boolean
        as has_unified_capitated_budget
from {{ ref('stg_site') }} as s
inner join {{ ref('stg_period') }} as p
    on p.period >= date_trunc('month', s.start_date) and (s.end_date is null or s.end_date > p.period)
left join {{ ref('stg_characteristic') }} as c
    on
        s.site_code = c.site_code
        and c.as_of < p.period + interval '1 month'
        and (c.effective_to is null or c.effective_to >= p.period + interval '1 month')
group by s.site_code, p.period
