-- Grain: area x period x service x kin (all, frail, or age: its age groups, which are shown together or not at all):
-- costs of which nothing is shown. Because the number of one kind of event behind them is from 1 to 7; the total, also
-- because a service is; and areas, by the rules of area_result: one site alone of a region is withheld (any, until the
-- month has closed; in a wave always), or, the programme's, a region or the one withheld site without a region.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with kin as (
    select
        c.area_type,
        c.area_code,
        c.period,
        c.service,
        {{ cost_kin('c') }} as kin
    from {{ ref('fct_cost') }} as c
    where {{ in_months('c.period', 'window_months') }}
    group by c.area_type, c.area_code, c.period, c.service, {{ cost_kin('c') }}
    having bool_or(stat.is_disclosive(c.least_activity_count) or stat.is_disclosive(c.person_months))
),

small as (
    select * from kin
    union
    select
        area_type,
        area_code,
        period,
        'total' as service,
        kin
    from kin
    where kin = 'all'
),

held_by as (
    select
        a.area_type,
        a.area_code,
        w.period,
        w.service,
        w.kin,
        count(*) = 1 as is_one,
        max(m.primary_close_at) > now() as is_open
    from small as w
    inner join {{ ref('dim_site') }} as s on w.area_code = s.site_code
    inner join {{ ref('dim_period') }} as m on w.period = m.period
    cross join lateral (values ('region', coalesce(s.region, '')), ('wave', s.wave)) as a (area_type, area_code)
    where w.area_type = 'site'
    group by a.area_type, a.area_code, w.period, w.service, w.kin
),

withheld as (
    select * from small
    union
    select
        area_type,
        area_code,
        period,
        service,
        kin
    from held_by
    where area_type = 'wave' or is_one or (is_open and area_code <> '')
)

select * from withheld
union
select
    'programme' as area_type,
    'PCH' as area_code,
    period,
    service,
    kin
from withheld
where area_type = 'region'
