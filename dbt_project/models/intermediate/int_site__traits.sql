-- Grain: site x period, while it has practices. What makes sites alike. registered_count: patients on the lists,
-- the last known where one is absent; the share aged 65 and over is of the lists of the month that withhold no cell of
-- it; deprived: in practices of the two most deprived quintiles, of those whose quintile is known. Null: not known.
{{ config(months_var='window_months') }}
with practice as (
    select distinct
        site_code,
        practice_code,
        period,
        size
    from {{ ref('int_practice__presence') }}
    where {{ in_months('period', 'window_months') }}
),

size as (
    select
        p.site_code,
        p.period,
        sum(p.size) as registered_count,
        100 * sum(p.size) filter (where q.imd_quintile <= 2)
        / nullif(sum(p.size) filter (where q.imd_quintile is not null), 0) as deprived_pct,
        bool_or(q.imd_quintile is not null) as is_deprivation_known
    from practice as p
    inner join {{ ref('stg_practice') }} as q on p.practice_code = q.practice_code
    group by p.site_code, p.period
),

age as (
    select
        l.site_code,
        l.period,
        100.0 * sum(l.registered_count) filter (where b.age_from >= 65) / nullif(sum(l.registered_count), 0)
            as aged_65_plus_pct
    from {{ ref('int_population__list') }} as l
    inner join {{ ref('stg_standard_population') }} as b on l.age_band = b.age_band
    where {{ in_months('l.period', 'window_months') }}
    group by l.site_code, l.period
    having sum(l.suppressed_count) = 0
)

select
    z.site_code,
    z.period,
    z.registered_count::double precision as registered_count,
    a.aged_65_plus_pct::double precision as aged_65_plus_pct,
    s.rural_pct,
    case when z.is_deprivation_known then coalesce(z.deprived_pct, 0) end::double precision as deprived_pct,
    {{ months_between('s.start_date', 'z.period') }}::integer as months_since_start_count
from size as z
inner join {{ ref('stg_site') }} as s on z.site_code = s.site_code
left join age as a on z.site_code = a.site_code and z.period = a.period
