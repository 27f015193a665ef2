-- Grain: version of a metric x site x period x window, of the figures that rest on an open question or lack a practice.
-- Lowest and highest of what the figure would be, as ratios to the figure (docs/adr/0012): as counted (1); without the
-- months under question, for which the trailing twelve's other months stand in; with the absent practices at the lowest
-- and at the highest rate of those included. All by crude quotients, so a change of the age structure is not in it. No
-- row where the site has nothing to set beside it: no other month, fewer than two practices, a figure of nought.
{{ config(months_var='window_months') }}
with cell as (
    select
        *,
        row_number() over () as cell,
        coverage_pct / 100 as included_ratio
    from {{ ref('int_metric__uncertain') }}
    where {{ in_months('period', 'window_months') }}
),

questioned as (
    select distinct
        m.definition_id,
        f.site_code,
        f.period
    from {{ ref('int_return__findings') }} as f
    inner join {{ ref('stg_metric') }} as m on f.feed = any(m.feeds)
    where f.is_question and {{ in_reach('f.period') }}
),

practice as (
    select *
    from {{ ref('int_metric__practice') }}
    where period >= (select min(cell.first_of_twelve) from cell)
),

as_counted as (
    select
        c.cell,
        coalesce(sum(p.numerator) filter (where p.period >= c.first_period), 0)
        / nullif(sum(p.denominator) filter (where p.period >= c.first_period), 0) as quotient,
        coalesce(sum(p.numerator) filter (where q.period is null), 0)
        / nullif(sum(p.denominator) filter (where q.period is null), 0) as unquestioned
    from cell as c
    inner join practice as p
        on
            (c.definition_id, c.site_code) = (p.definition_id, p.site_code)
            and p.period between c.first_of_twelve and c.period
    left join questioned as q on (p.definition_id, p.site_code, p.period) = (q.definition_id, q.site_code, q.period)
    group by c.cell
),

-- Of each practice in the window; where a site reports as a whole, of each of the twelve months.
rate as (
    select
        c.cell,
        coalesce(sum(p.numerator), 0) / nullif(sum(p.denominator), 0) as rate
    from cell as c
    inner join practice as p
        on
            (c.definition_id, c.site_code) = (p.definition_id, p.site_code)
            and p.period between case when c.is_by_practice then c.first_period else c.first_of_twelve end and c.period
    where c.included_ratio < 1
    group by c.cell, case when c.is_by_practice then p.practice_code else p.period::text end
),

extreme as (
    select
        cell,
        min(rate) as lowest,
        max(rate) as highest
    from rate
    group by cell
    having count(rate) > 1
)

select
    c.definition_id,
    c.site_code,
    c.period,
    c.period_window,
    least(1, r.without_questioned, r.at_lowest, r.at_highest) as lower_ratio,
    greatest(1, r.without_questioned, r.at_lowest, r.at_highest) as upper_ratio
from cell as c
inner join as_counted as a on c.cell = a.cell and a.quotient <> 0
left join extreme as e on c.cell = e.cell
cross join
    lateral (
        values (
            case when c.is_questioned then a.unquestioned / a.quotient end,
            c.included_ratio + (1 - c.included_ratio) * e.lowest / a.quotient,
            c.included_ratio + (1 - c.included_ratio) * e.highest / a.quotient
        )
    ) as r (without_questioned, at_lowest, at_highest)
where
    (not c.is_questioned or r.without_questioned is not null)
    and (c.included_ratio = 1 or r.at_lowest is not null)
