-- Grain: service x of frail people or of all x site x practice x period (practice '': the whole site). Whether the
-- practice's data enter the cost: every return it cannot be told without must speak of it. So cost and patients are
-- always of the same practices, and an absent return is never a zero. By the rule of int_metric__inclusion, of services
-- in place of metrics.
{{ config(months_var='window_months') }}
with practice as (
    select
        s.service,
        s.is_frail,
        p.site_code,
        p.practice_code,
        p.period,
        max(p.size) as size,
        bool_and(p.is_present) as is_included
    from {{ cost_services() }} as s (service, is_frail, feeds)
    inner join {{ ref('int_practice__presence') }} as p on p.feed = any(s.feeds)
    where {{ in_months('p.period', 'window_months') }}
    group by s.service, s.is_frail, p.site_code, p.practice_code, p.period
    having bool_and(p.is_due or p.is_present)
),

whole_site as (
    select
        s.service,
        s.is_frail,
        r.site_code,
        '' as practice_code,
        r.period,
        null::double precision as size,
        bool_and(r.state in ('received', 'nil_return'))
        and exists (
            select from practice as p
            where
                (p.service, p.is_frail, p.site_code, p.period) = (s.service, s.is_frail, r.site_code, r.period)
                and p.is_included
        ) as is_included
    from {{ cost_services() }} as s (service, is_frail, feeds)
    inner join {{ ref('int_return__state') }} as r on r.feed = any(s.feeds)
    where {{ in_months('r.period', 'window_months') }}
    group by s.service, s.is_frail, r.site_code, r.period
    having bool_and(r.is_due or r.state in ('received', 'nil_return'))
)

select * from practice
union all
select * from whole_site
