-- Grain: outcome of the evaluation x site x period. Observed, and expected: what the site's people would have at the
-- rates of the whole panel, by sex and age where the outcome is standardised; over the usable rows both add up to the
-- same. A rate of all months moves with each of them, so the table is made anew; its strata are not. Patients whose sex
-- or age is not known are in neither.
with cell as (
    select
        o.outcome,
        o.minimum_coverage_pct,
        w.site_code,
        w.period,
        w.coverage_pct
    from {{ ref('int_metric__window') }} as w
    inner join {{ ref('stg_outcome') }} as o on w.definition_id = o.definition_id
    where w.period_window = 'month'
),

total as (
    select
        outcome,
        site_code,
        period,
        sum(events) as events,
        sum(population) as population,
        sum(suppressed_count) as suppressed_count
    from {{ ref('int_panel__strata') }}
    group by outcome, site_code, period
),

judged as (
    select
        c.outcome,
        c.site_code,
        c.period,
        coalesce(
            c.coverage_pct >= c.minimum_coverage_pct
            and t.suppressed_count = 0 and t.events > 0 and t.population > 0,
            false
        ) as is_usable
    from cell as c
    left join total as t on (c.outcome, c.site_code, c.period) = (t.outcome, t.site_code, t.period)
),

rate as (
    select
        s.outcome,
        s.sex,
        s.age_band,
        sum(s.events) / nullif(sum(s.population), 0) as rate
    from {{ ref('int_panel__strata') }} as s
    inner join judged as j
        on j.is_usable and (s.outcome, s.site_code, s.period) = (j.outcome, j.site_code, j.period)
    group by s.outcome, s.sex, s.age_band
),

figure as (
    select
        s.outcome,
        s.site_code,
        s.period,
        sum(s.events) as observed,
        sum(s.population * r.rate) as expected,
        sum(s.population) as population,
        sum(s.person_months) as person_months
    from {{ ref('int_panel__strata') }} as s
    inner join rate as r
        on r.rate is not null and (s.outcome, s.sex, s.age_band) = (r.outcome, r.sex, r.age_band)
    group by s.outcome, s.site_code, s.period
)

select
    j.outcome::text as outcome,
    j.site_code::text as site_code,
    s.region::text as region,
    s.wave::text as wave,
    j.period::date as period,
    f.observed::double precision as observed,
    f.population::double precision as population,
    round(f.expected, 6)::double precision as expected,
    date_trunc('month', s.went_live)::date as went_live,
    coalesce(nullif(f.person_months, 0), f.population)::double precision as person_months,
    (j.is_usable and f.expected > 0)::boolean as is_usable
from judged as j
inner join {{ ref('dim_site') }} as s on j.site_code = s.site_code
left join figure as f on (j.outcome, j.site_code, j.period) = (f.outcome, f.site_code, f.period)
