-- Grain: site x practice x feed x period, of all practices of a site. Whether accepted data of the feed speak
-- of the practice. size: its list of the month, else its last one of the eleven months before, else the
-- mean of the site's others: an absent practice still counts in the denominator of coverage. A list further
-- back would reach months that a build of it does not make (window_months).
{{ config(months_var='window_months') }}
with listed as (
    select
        m.site_code,
        m.practice_code,
        m.period,
        s.registered_count
    from {{ ref('stg_membership') }} as m
    left join {{ ref('int_practice__size') }} as s
        on (m.site_code, m.practice_code, m.period) = (s.site_code, s.practice_code, s.period)
    where {{ in_months('m.period', 'window_months') }}
),

last_known as (
    select distinct on (l.practice_code, l.period)
        l.practice_code,
        l.period,
        s.registered_count
    from listed as l
    inner join {{ ref('int_practice__size') }} as s
        on
            l.practice_code = s.practice_code
            and l.period > s.period
            and l.period <= s.period + interval '11 months'
    where l.registered_count is null
    order by l.practice_code asc, l.period asc, s.period desc
),

member as (
    select
        l.site_code,
        l.practice_code,
        l.period,
        coalesce(
            l.registered_count, k.registered_count, avg(l.registered_count) over (partition by l.site_code, l.period), 1
        )::double precision as size
    from listed as l
    left join last_known as k on l.practice_code = k.practice_code and l.period = k.period
)

select
    m.site_code,
    m.practice_code,
    r.feed,
    m.period,
    m.size,
    r.names_practices,
    r.is_due,
    (
        r.state = 'nil_return'
        or (r.state = 'received' and (not r.names_practices or m.practice_code = any(r.practices)))
    ) as is_present
from member as m
inner join {{ ref('int_return__state') }} as r on m.site_code = r.site_code and m.period = r.period
