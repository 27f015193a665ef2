-- Grain: version of an indirectly standardised metric x sex x age band: events and population of the programme, whose
-- rates every site is held against. Frozen (ops.current_reference): a site that comes or goes changes nobody else's
-- figure. Until it is, the first twelve months that are there (is_new): the pipeline freezes those after the build.
{{ config(materialized='table', indexes=[]) }}
with frozen as (
    select distinct definition_id
    from {{ ref('stg_reference') }}
),

wanted as (
    select m.definition_id
    from {{ ref('stg_metric') }} as m
    left join frozen as r on m.definition_id = r.definition_id
    where m.method = 'indirect_rate' and r.definition_id is null
),

--  Where nothing is wanted, history is not read
unfrozen as (
    select
        s.definition_id,
        min(s.period) as first_period
    from {{ ref('int_metric__strata') }} as s
    inner join wanted as w on s.definition_id = w.definition_id
    where s.denominator > 0 and exists (select from wanted)
    group by s.definition_id
)

select
    r.definition_id,
    r.sex,
    r.age_band,
    r.events,
    r.population,
    r.first_period,
    r.last_period,
    false as is_new
from {{ ref('stg_reference') }} as r
union all
select
    u.definition_id,
    s.sex,
    s.age_band,
    coalesce(sum(s.numerator), 0) as events,
    coalesce(sum(s.denominator), 0) as population,
    u.first_period,
    max(max(s.period)) over (partition by u.definition_id) as last_period,
    true as is_new
from unfrozen as u
inner join {{ ref('int_metric__strata') }} as s
    on
        u.definition_id = s.definition_id
        and s.period between u.first_period and u.first_period + interval '11 months'
group by u.definition_id, u.first_period, s.sex, s.age_band
