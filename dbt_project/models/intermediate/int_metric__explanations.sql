-- Grain: version of a metric x site x period x window, where there is one. The reasons for which something found in the
-- returns behind the figure is no longer open, accepted from the site or given by the centre, each once with its
-- months.
{{ config(months_var='window_months') }}
with reason as (
    select
        w.definition_id,
        w.site_code,
        w.period,
        w.period_window,
        f.feed || ' ' || to_char(min(f.period), 'YYYY-MM')
        || case when min(f.period) < max(f.period) then to_char(max(f.period), '" to "YYYY-MM') else '' end
        || ': ' || f.exemption as sentence
    from {{ ref('int_return__findings') }} as f
    inner join {{ ref('stg_metric') }} as m on f.feed = any(m.feeds)
    inner join {{ ref('int_metric__window') }} as w
        on
            (m.definition_id, f.site_code) = (w.definition_id, w.site_code)
            and f.period between w.first_period and w.period
    where not f.is_open and {{ in_months('w.period', 'window_months') }}
    group by w.definition_id, w.site_code, w.period, w.period_window, f.feed, f.exemption
)

select
    definition_id,
    site_code,
    period,
    period_window,
    array_agg(sentence order by sentence) as explanations
from reason
group by definition_id, site_code, period, period_window
