-- Grain: site x period x peer, the ten most alike. Distance: root mean square difference of five facts (logarithm of
-- size, share aged 65 and over, share in deprived practices, share in rural areas, months since the start), each in
-- standard deviations of the sites of the month. A fact that one of the two lacks is left out; fewer than three facts
-- make no peers. It says who is alike, not why: no fact weighs more than another.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'site_code', 'peer_rank'], 'unique': true}]
) }}
with fact as (
    select
        t.site_code,
        t.period,
        f.fact,
        coalesce((f.value - avg(f.value) over one) / nullif(stddev_pop(f.value) over one, 0), 0) as z
    from {{ ref('fct_site_trait') }} as t
    cross join
        lateral (
            values
            ('size', ln(nullif(t.registered_count, 0))),
            ('age', t.aged_65_plus_pct),
            ('deprivation', t.deprived_pct),
            ('rurality', t.rural_pct),
            ('start', t.months_since_start_count)
        ) as f (fact, value)
    where f.value is not null and {{ in_months('t.period', 'window_months') }}
    window one as (partition by t.period, f.fact)
),

pair as (
    select
        a.site_code,
        a.period,
        b.site_code as peer_site_code,
        sqrt(avg((a.z - b.z) ^ 2)) as distance,
        count(*) as facts_count
    from fact as a
    inner join fact as b on (a.period, a.fact) = (b.period, b.fact) and a.site_code <> b.site_code
    group by a.site_code, a.period, b.site_code
    having count(*) >= 3
),

ranked as (
    select
        *,
        row_number() over (partition by site_code, period order by distance, peer_site_code) as peer_rank
    from pair
)

select
    site_code::text as site_code,
    period::date as period,
    peer_site_code::text as peer_site_code,
    peer_rank::integer as peer_rank,
    distance::double precision as distance,
    facts_count::integer as facts_count
from ranked
where peer_rank <= 10
