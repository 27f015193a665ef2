-- Grain: version of a metric x site x period x window. What stands beside a figure, of the returns of the metric's
-- feeds in the window: the worst open finding (the graver, then the newer), how many questions are open, and the
-- edition. Provisional: the primary close is still to come; refresh: something in use came after it.
{{ config(months_var='window_months') }}
with finding as (
    select
        f.site_code,
        f.feed,
        f.period,
        f.severity,
        f.rule,
        f.is_question,
        f.feed || ' ' || to_char(f.period, 'YYYY-MM') || ': ' || f.message as message,
        row_number() over (
            order by
                array_position(array['information', 'warning', 'error'], f.severity),
                f.period,
                f.is_question,
                f.rows_count,
                f.rule,
                f.subject,
                f.column_name,
                f.feed,
                f.site_code
        ) as gravity
    from {{ ref('int_return__findings') }} as f
    where f.is_open and {{ in_reach('f.period') }}
),

of_month as (
    select
        r.site_code,
        r.feed,
        r.period,
        r.received_at,
        r.primary_close_at,
        r.as_of <= r.primary_close_at as is_provisional,
        max(f.gravity) as gravity,
        count(*) filter (where f.is_question) as questions_count
    from {{ ref('int_return__state') }} as r
    left join finding as f on (r.site_code, r.feed, r.period) = (f.site_code, f.feed, f.period)
    where {{ in_reach('r.period') }}
    group by r.site_code, r.feed, r.period, r.received_at, r.primary_close_at, r.as_of
),

of_window as (
    select
        o.site_code,
        o.feed,
        o.period,
        o.primary_close_at,
        o.is_provisional,
        w.period_window,
        w.received_at,
        w.gravity,
        w.questions_count
    from (
        select
            *,
            max(received_at) over twelve as received_at_r12,
            max(gravity) over twelve as gravity_r12,
            sum(questions_count) over twelve as questions_count_r12,
            max(received_at) over to_date as received_at_fytd,
            max(gravity) over to_date as gravity_fytd,
            sum(questions_count) over to_date as questions_count_fytd
        from of_month
        window
            twelve as (
                partition by site_code, feed order by period
                range between interval '11 months' preceding and current row
            ),
            to_date as (
                partition by site_code, feed, date_trunc('year', period - interval '3 months') order by period
            )
    ) as o
    cross join
        lateral (
            values
            ('month', o.received_at, o.gravity, o.questions_count),
            ('r12', o.received_at_r12, o.gravity_r12, o.questions_count_r12),
            ('fytd', o.received_at_fytd, o.gravity_fytd, o.questions_count_fytd)
        ) as w (period_window, received_at, gravity, questions_count)
    where {{ in_months('o.period', 'window_months') }}
),

cell as (
    select
        m.definition_id,
        o.site_code,
        o.period,
        o.period_window,
        max(o.gravity) as gravity,
        sum(o.questions_count)::bigint as open_questions_count,
        case
            when bool_or(o.is_provisional) then 'provisional'
            when max(o.received_at) > min(o.primary_close_at) then 'refresh'
            else 'primary'
        end as edition
    from of_window as o
    inner join {{ ref('stg_metric') }} as m on o.feed = any(m.feeds) and o.period_window = any(m.period_windows)
    group by m.definition_id, o.site_code, o.period, o.period_window
)

select
    c.definition_id,
    c.site_code,
    c.period,
    c.period_window,
    c.open_questions_count,
    c.edition,
    f.severity as worst_finding_severity,
    f.rule as worst_finding,
    f.message as worst_finding_message
from cell as c
left join finding as f on c.gravity = f.gravity
