-- Grain: site x period x service x cohort: every cell that must exist, in exactly one state. A cost stands only beside
-- received and nil_return; then a service of which nothing was recorded cost nothing.
{{ config(months_var='window_months', indexes=[{'columns': ['period', 'site_code']}]) }}
with cell as (
    select
        s.site_code,
        p.period,
        v.service,
        k.cohort,
        {{ tells_cohort('v', 'k') }} as is_told,
        v.feeds,
        v.is_frail
    from {{ ref('stg_site') }} as s
    inner join {{ ref('stg_period') }} as p
        on p.period >= date_trunc('month', s.start_date) and (s.end_date is null or s.end_date > p.period)
    cross join {{ cost_cohorts() }} as k (cohort, age_from, age_to, is_frail)
    inner join {{ cost_services() }} as v (service, is_frail, feeds)
        on
            k.is_frail = v.is_frail
            or (not v.is_frail and v.service not like '%\_hospital')
    where {{ in_months('p.period', 'window_months') }}
),

absent as (
    select
        c.site_code,
        c.period,
        c.service,
        c.cohort,
        (array_agg(
            r.state
            order by
                array_position(
                    array['rejected', 'missing', 'late', 'due', 'not_due', 'nil_return', 'received'], r.state
                )
        ))[1] as worst_state,
        string_agg(r.feed || ' ' || r.state, ', ' order by r.feed)
        filter (where r.state not in ('received', 'nil_return')) as absent_feeds
    from cell as c
    inner join {{ ref('int_return__state') }} as r
        on (r.site_code, r.period) = (c.site_code, c.period) and r.feed = any(c.feeds)
    where c.is_told
    group by c.site_code, c.period, c.service, c.cohort
),

coverage as (
    select
        service,
        is_frail,
        site_code,
        period,
        case
            when bool_and(is_included) then 100
            else coalesce(100 * sum(size) filter (where is_included) / nullif(sum(size), 0), 0)
        end as coverage_pct
    from {{ ref('int_cost__inclusion') }}
    where practice_code <> '' and {{ in_months('period', 'window_months') }}
    group by service, is_frail, site_code, period
),

sums as (
    select
        site_code,
        period,
        service,
        cohort,
        case
            when service not in ('total', 'programme_inputs') and sum(activity_suppressed_count) = 0
                then coalesce(sum(activity_count), 0)
        end as activity_count,
        coalesce(sum(nominal_gbp), 0) as nominal_gbp,
        coalesce(sum(real_gbp), 0) as real_gbp,
        sum(person_months) as person_months,
        sum(need_weighted_person_months) as need_weighted_person_months,
        sum(suppressed_count) as suppressed_count
    from {{ ref('int_cost__cells') }}
    where {{ in_months('period', 'window_months') }}
    group by site_code, period, service, cohort
)

select
    c.site_code,
    c.period,
    c.service,
    c.cohort,
    s.activity_count,
    s.nominal_gbp,
    s.real_gbp,
    s.person_months,
    s.need_weighted_person_months,
    coalesce(v.coverage_pct, 0) as coverage_pct,
    case
        when not c.is_told then 'not_applicable'
        when a.worst_state is null then 'not_due'
        when a.absent_feeds is not null then a.worst_state
        when not {{ cost_covers('coalesce(v.coverage_pct, 0)') }} then 'below_minimum'
        when s.suppressed_count > 0 then 'suppressed'
        when s.person_months > 0 then a.worst_state
        else 'not_applicable'
    end as state,
    case
        when not c.is_told then 'the returns do not tell it by age or frailty'
        when a.worst_state is null then 'no return is due'
        when a.absent_feeds is not null then a.absent_feeds
        when not {{ cost_covers('coalesce(v.coverage_pct, 0)') }}
            then
                'accepted data cover ' || round(coalesce(v.coverage_pct, 0)::numeric, 1)
                || '% of registered patients'
        when s.suppressed_count > 0 then s.suppressed_count || ' cell(s) were suppressed by the site'
        when s.person_months > 0 then null
        else 'nobody is known to be in it'
    end as reason
from cell as c
left join absent as a
    on (c.site_code, c.period, c.service, c.cohort) = (a.site_code, a.period, a.service, a.cohort)
left join coverage as v
    on (c.site_code, c.period, c.service, c.is_frail) = (v.site_code, v.period, v.service, v.is_frail)
left join sums as s
    on (c.site_code, c.period, c.service, c.cohort) = (s.site_code, s.period, s.service, s.cohort)
