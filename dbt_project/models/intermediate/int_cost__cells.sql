-- Grain: site x period x service x cohort x item; item '' is the people, whose months count whether they cost anything
-- or not. Of the practices included in the service (int_cost__inclusion): the total is of those that all returns speak
-- of, so its items may be fewer than those of the services. Need has weights by sex and age, so frail people have none.
{{ config(months_var='window_months', indexes=[{'columns': ['period', 'site_code']}]) }}
with banded as (
    select
        k.cohort,
        k.is_frail,
        b.age_band
    from {{ cost_cohorts() }} as k (cohort, age_from, age_to, is_frail)
    inner join {{ ref('stg_standard_population') }} as b on k.age_from <= b.age_from and k.age_to > b.age_from
    where not k.is_frail and k.cohort <> 'all'
),

part as (
    select
        site_code,
        practice_code,
        period,
        age_band,
        is_frail,
        service,
        item,
        activity_count,
        nominal_gbp,
        real_gbp,
        null::double precision as person_months,
        null::double precision as need_weighted_person_months,
        suppressed_count,
        activity_suppressed_count
    from {{ ref('int_cost__items') }}
    where {{ in_months('period', 'window_months') }}
    union all
    select
        c.site_code,
        c.practice_code,
        c.period,
        c.age_band,
        c.measure_code = 'frail_person_months' as is_frail,
        null as service,
        '' as item,
        null as activity_count,
        null as nominal_gbp,
        null as real_gbp,
        case when c.measure_code <> 'need_weighted_person_months' then c.quantity end as person_months,
        case when c.measure_code = 'need_weighted_person_months' then c.quantity end as need_weighted_person_months,
        case when c.measure_code <> 'need_weighted_person_months' then c.suppressed_count end as suppressed_count,
        0 as activity_suppressed_count
    from {{ ref('int_measure__cells') }} as c
    where
        c.measure_code in ('person_months', 'need_weighted_person_months', 'frail_person_months')
        and {{ in_months('c.period', 'window_months') }}
)

select
    p.site_code,
    p.period,
    i.service,
    k.cohort,
    p.item,
    sum(p.activity_count) as activity_count,
    sum(p.nominal_gbp)::double precision as nominal_gbp,
    sum(p.real_gbp)::double precision as real_gbp,
    sum(p.person_months) as person_months,
    sum(p.need_weighted_person_months) as need_weighted_person_months,
    sum(p.suppressed_count)::bigint as suppressed_count,
    sum(p.activity_suppressed_count)::bigint as activity_suppressed_count
from part as p
inner join {{ ref('int_cost__inclusion') }} as i
    on
        i.is_included
        and (i.site_code, i.practice_code, i.period, i.is_frail)
        = (p.site_code, p.practice_code, p.period, p.is_frail)
        and (p.service is null or i.service in (p.service, 'total'))
left join banded as b on not p.is_frail and p.age_band = b.age_band
cross join lateral (values (case when p.is_frail then 'frail' else 'all' end), (b.cohort)) as k (cohort)
where
    k.cohort is not null
    and {{ tells_cohort('i', 'k') }}
    and {{ in_months('i.period', 'window_months') }}
group by p.site_code, p.period, i.service, k.cohort, p.item
