-- Grain: version of a metric in force x site with a value x period x window. The site as a point of a funnel: what was
-- seen (x) over what carries it (n), and the programme's figure as the centre. Proportions: people of people, weighted
-- answers by their effective number. Rates: events over the events the centre expects of this site, which for a
-- standardised rate is centre x events / rate; events that come several to a person by their effective number,
-- (their sum)^2 / sum of squares. Other methods have no n: how they vary by chance is not known from a count.
{{ config(months_var='window_months') }}
with squares as (
    select
        s.definition_id,
        s.site_code,
        s.period,
        s.period_window,
        sum(s.squares) as squares
    from {{ ref('int_metric__window_strata') }} as s
    inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
    where m.method in ('proportion', 'dsr_repeat') and {{ in_months('s.period', 'window_months') }}
    group by s.definition_id, s.site_code, s.period, s.period_window
),

point as (
    select
        j.definition_id,
        j.metric_code,
        j.site_code,
        j.period,
        j.period_window,
        j.value,
        j.denominator,
        m.method,
        m.multiplier,
        m.polarity,
        p.value as centre,
        case
            when m.method = 'proportion' then coalesce(j.denominator ^ 2 / nullif(s.squares, 0), j.denominator)
        end as people,
        case
            when m.method = 'dsr_repeat' then coalesce(j.numerator ^ 2 / nullif(s.squares, 0), j.numerator)
            when m.method in ('dsr', 'indirect_rate', 'crude_rate') then j.numerator
        end as events
    from {{ ref('int_metric__judged') }} as j
    inner join {{ ref('stg_metric') }} as m on j.definition_id = m.definition_id
    left join {{ ref('int_metric__area_judged') }} as p
        on
            (j.definition_id, j.period, j.period_window) = (p.definition_id, p.period, p.period_window)
            and p.area_type = 'programme'
            and {{ in_months('p.period', 'window_months') }}
    left join squares as s
        on
            (j.definition_id, j.site_code, j.period, j.period_window)
            = (s.definition_id, s.site_code, s.period, s.period_window)
    where j.is_in_force and j.value is not null and {{ in_months('j.period', 'window_months') }}
)

select
    definition_id,
    metric_code,
    site_code,
    period,
    period_window,
    method,
    multiplier,
    polarity,
    value,
    centre,
    case when people is not null then 'proportion' when events is not null then 'ratio' end as kind,
    coalesce(people * value / multiplier, events) as x,
    case
        when people is not null then people
        when events is not null
            then coalesce(centre * events / nullif(value, 0), centre * denominator / multiplier)
    end as n,
    count(*) over one as sites_compared_count,
    rank() over (one order by value) as value_rank
from point
window one as (partition by definition_id, period, period_window)
