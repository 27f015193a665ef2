-- Grain: area (site, region, wave, programme) x period x service x cohort: the smallest number of events above 0 of one
-- kind of activity behind the cost. Money at known prices tells such numbers apart, so that none may be small where it
-- is shown (schema bi).
{{ config(months_var='window_months') }}
with counted as (
    select
        a.area_type,
        a.area_code,
        c.period,
        c.service,
        c.cohort,
        c.item,
        sum(c.activity_count) as activity_count
    from {{ ref('int_cost__cells') }} as c
    inner join {{ ref('int_cost__judged') }} as j
        on
            (c.site_code, c.period, c.service, c.cohort) = (j.site_code, j.period, j.service, j.cohort)
            and {{ stands('j') }}
            and {{ in_months('j.period', 'window_months') }}
    cross join
        lateral (
            select
                'site' as area_type,
                c.site_code as area_code
            union all
            select
                x.area_type,
                x.area_code
            from {{ ref('int_site__area') }} as x
            where x.site_code = c.site_code
        ) as a
    where c.activity_count > 0 and {{ in_months('c.period', 'window_months') }}
    group by a.area_type, a.area_code, c.period, c.service, c.cohort, c.item
)

select
    area_type,
    area_code,
    period,
    service,
    cohort,
    min(activity_count) as least_activity_count
from counted
group by area_type, area_code, period, service, cohort
