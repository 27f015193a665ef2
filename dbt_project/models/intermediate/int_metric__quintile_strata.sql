-- Grain: version of a metric x region ('': none) x deprivation quintile of the practice x period x sex x age band. Sums
-- over the practices the figure includes that withheld nothing in the month and whose quintile the register knows.
-- None of figures that need what is reported of a whole site: it belongs to no practice.
{{ config(months_var='window_months') }}
with by_practice as (
    select m.definition_id
    from {{ ref('stg_metric') }} as m
    inner join {{ ref('stg_feed') }} as f on f.feed = any(m.feeds)
    group by m.definition_id
    having bool_and(f.names_practices)
),

-- In a month a practice has one site, which need not be compared.
practice as (
    select
        p.definition_id,
        p.practice_code,
        p.period,
        g.region,
        g.imd_quintile,
        p.numerator,
        p.denominator,
        p.squares,
        p.nominal
    from {{ ref('int_metric__practice') }} as p
    inner join {{ ref('int_practice__fifth') }} as g on (p.site_code, p.practice_code) = (g.site_code, g.practice_code)
    where
        p.suppressed_count = 0
        and p.definition_id = any(array(select by_practice.definition_id from by_practice))
        and {{ in_months('p.period', 'window_months') }}
),

--  By itself: joined with the practices first, every cell would meet every metric
cell as materialized (
    select
        t.definition_id,
        t.term,
        c.practice_code,
        c.period,
        c.sex,
        c.age_band,
        c.quantity
    from {{ ref('int_measure__cells') }} as c
    inner join {{ ref('int_metric__terms') }} as t on c.measure_code = t.measure_code
    left join {{ ref('stg_standard_population') }} as b on c.age_band = b.age_band
    where
        t.is_standardised
        and (t.age_from = 0 or b.age_from >= t.age_from)
        and {{ in_months('c.period', 'window_months') }}
)

select
    p.definition_id,
    p.region,
    p.imd_quintile,
    p.period,
    c.sex,
    c.age_band,
{% for term in ['numerator', 'denominator', 'squares', 'nominal'] -%}
    sum(c.quantity) filter (where c.term = '{{ term }}') as {{ term }}{{ ',' if not loop.last }}
{% endfor -%}
from cell as c
inner join practice as p on (c.definition_id, c.practice_code, c.period) = (p.definition_id, p.practice_code, p.period)
group by p.definition_id, p.region, p.imd_quintile, p.period, c.sex, c.age_band
union all
select
    p.definition_id,
    p.region,
    p.imd_quintile,
    p.period,
    'all' as sex,
    'all' as age_band,
{% for term in ['numerator', 'denominator', 'squares', 'nominal'] -%}
    sum(p.{{ term }}) as {{ term }}{{ ',' if not loop.last }}
{% endfor -%}
from practice as p
inner join {{ ref('stg_metric') }} as m on p.definition_id = m.definition_id
where not {{ is_standardised('m.method') }}
group by p.definition_id, p.region, p.imd_quintile, p.period
