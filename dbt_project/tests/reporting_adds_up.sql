-- Grain: a month and level of fct_reporting whose members do not add up to the programme.
select
    m.period,
    m.level
from {{ ref('fct_reporting') }} as p
inner join {{ ref('fct_reporting') }} as m on p.period = m.period
where p.level = 'programme' and {{ in_months('p.period') }} and {{ in_months('m.period') }}
group by m.period, m.level, p.expected_count, p.received_count, p.on_time_count
having
    (sum(m.expected_count), sum(m.received_count), sum(m.on_time_count))
    <> (p.expected_count, p.received_count, p.on_time_count)
