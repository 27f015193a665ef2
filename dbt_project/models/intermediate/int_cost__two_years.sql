-- Grain: area (site, region, wave, programme) x period x service x item ('': the people). Sums of the twelve months
-- that end with the period (_1) and of the twelve before (_0), all patients. A month counts only together with the same
-- calendar month a year before, where both stand: no season, and no late return, is taken for a change. Sites with nine
-- of twelve or more; of areas, the sums of these. It reaches 23 months back, further than the months that a build
-- makes: all periods from its first month on are made again.
{{ config(months_var='window_months', pre_hook='{{ start_anew() }}') }}
{%- set terms = [
    'activity_count', 'nominal_gbp', 'real_gbp', 'person_months', 'need_weighted_person_months'
] %}
with month_item as (
    select
        c.*,
        (c.period + interval '12 months')::date as year_after
    from {{ ref('int_cost__cells') }} as c
    inner join {{ ref('int_cost__judged') }} as j
        on
            (c.site_code, c.period, c.service, c.cohort) = (j.site_code, j.period, j.service, j.cohort)
            and {{ stands('j') }}
    where c.cohort = 'all' and {{ from_first_month('c.period', 23) }} and {{ from_first_month('j.period', 23) }}
),

paired as (
    select
        n.site_code,
        n.service,
        n.period
    from month_item as n
    inner join month_item as b
        on (n.site_code, n.service, n.item, n.period) = (b.site_code, b.service, b.item, b.year_after)
    where n.item = '' and {{ from_first_month('n.period', 11) }}
),

beside as (
    select
        p.site_code,
        p.service,
        p.period,
        i.item,
        {% for term in terms -%}
            coalesce(sum(i.{{ term }}) filter (where i.period = p.period), 0) as {{ term }}_1,
            coalesce(sum(i.{{ term }}) filter (where i.period <> p.period), 0) as {{ term }}_0,
        {% endfor -%}
        sum(i.activity_suppressed_count) as activity_suppressed_count
    from paired as p
    inner join month_item as i
        on (p.site_code, p.service) = (i.site_code, i.service) and p.period in (i.period, i.year_after)
    group by p.site_code, p.service, p.period, i.item
),

slid as (
    select
        g.site_code,
        g.service,
        g.item,
        t.period,
        {% for term in terms -%}
            sum(b.{{ term }}_1) over twelve as {{ term }}_1,
            sum(b.{{ term }}_0) over twelve as {{ term }}_0,
        {% endfor -%}
        sum(b.activity_suppressed_count) over twelve as activity_suppressed_count,
        count(b.period) over twelve as months_count
    from (
        select
            site_code,
            service,
            item,
            min(period) as first_period
        from beside
        group by site_code, service, item
    ) as g
    inner join {{ ref('stg_period') }} as t on g.first_period <= t.period
    left join beside as b
        on (g.site_code, g.service, g.item, t.period) = (b.site_code, b.service, b.item, b.period)
    window twelve as (
        partition by g.site_code, g.service, g.item
        order by t.period
        range between interval '11 months' preceding and current row
    )
)

select
    a.area_type,
    a.area_code,
    s.period,
    s.service,
    s.item,
    {% for term in terms -%}
        sum(s.{{ term }}_1) as {{ term }}_1,
        sum(s.{{ term }}_0) as {{ term }}_0,
    {% endfor -%}
    sum(s.activity_suppressed_count) as activity_suppressed_count,
    count(*) filter (where s.item = '') as sites_count,
    min(y.months_count) as months_count
from slid as s
inner join slid as y
    on (s.site_code, s.service, s.period) = (y.site_code, y.service, y.period) and y.item = '' and y.months_count >= 9
cross join
    lateral (
        select
            'site' as area_type,
            s.site_code as area_code
        union all
        select
            x.area_type,
            x.area_code
        from {{ ref('int_site__area') }} as x
        where x.site_code = s.site_code
    ) as a
where {{ from_first_month('s.period') }}
group by a.area_type, a.area_code, s.period, s.service, s.item
