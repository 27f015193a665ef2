-- Grain: version of a metric x region ('': none) x deprivation quintile of the practice x period x sex x age band. Sums
-- over the practices the figure includes that withheld nothing in the month and whose quintile the register knows.
-- None of figures that need what is reported of a whole site: it belongs to no practice.
{{ config(months_var='window_months') }}
with of_whole_site as (
    select distinct m.definition_id
    from {{ ref('stg_metric') }} as m
    inner join {{ ref('stg_feed') }} as f on f.feed = any(m.feeds) and not f.names_practices
),

practice as (
    select
        p.definition_id,
        p.site_code,
        p.practice_code,
        p.period,
        q.imd_quintile,
        p.numerator,
        p.denominator,
        p.squares,
        p.nominal,
        coalesce(s.region, '') as region
    from {{ ref('int_metric__practice') }} as p
    inner join {{ ref('stg_site') }} as s on p.site_code = s.site_code
    inner join {{ ref('stg_practice') }} as q on p.practice_code = q.practice_code
    left join of_whole_site as w on p.definition_id = w.definition_id
    where
        p.suppressed_count = 0
        and q.imd_quintile is not null
        and w.definition_id is null
        and {{ in_months('p.period', 'window_months') }}
)

select
    p.definition_id,
    p.region,
    p.imd_quintile,
    p.period,
    c.sex,
    c.age_band,
{% for term in ['numerator', 'denominator', 'squares', 'nominal'] -%}
    sum(c.quantity) filter (where t.term = '{{ term }}') as {{ term }}{{ ',' if not loop.last }}
{% endfor -%}
from practice as p
inner join {{ ref('int_metric__terms') }} as t on p.definition_id = t.definition_id
inner join {{ ref('int_measure__cells') }} as c
    on
        (t.measure_code, p.site_code, p.practice_code, p.period)
        = (c.measure_code, c.site_code, c.practice_code, c.period)
left join {{ ref('stg_standard_population') }} as b on c.age_band = b.age_band
where
    t.is_standardised
    and (t.age_from = 0 or b.age_from >= t.age_from)
    and {{ in_months('c.period', 'window_months') }}
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
where m.method not in ('dsr', 'dsr_repeat', 'indirect_rate')
group by p.definition_id, p.region, p.imd_quintile, p.period
