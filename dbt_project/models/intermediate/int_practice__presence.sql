-- Grain: site x practice x feed x period, of all practices of a site. Whether accepted data of the feed speak
-- of the practice. size: its list of the month, else its last known one, else the month's mean: an absent
-- practice still counts in the denominator of coverage.
{{ config(months_var='window_months') }}
with member as (
    select
        m.site_code,
        m.practice_code,
        m.period,
        coalesce(
            now_.registered_count,
            before.registered_count,
            avg(now_.registered_count) over (partition by m.period),
            1
        )::double precision as size
    from {{ ref('stg_membership') }} as m
    left join {{ ref('int_practice__size') }} as now_ using (site_code, practice_code, period)
    left join lateral (
        select s.registered_count
        from {{ ref('int_practice__size') }} as s
        where s.practice_code = m.practice_code and s.period < m.period
        order by s.period desc
        limit 1
    ) as before on now_.registered_count is null
    where {{ in_months('m.period', 'window_months') }}
)

select
    m.site_code,
    m.practice_code,
    r.feed,
    m.period,
    m.size,
    r.names_practices,
    r.state = 'nil_return'
    or (r.state = 'received' and (not r.names_practices or m.practice_code = any(r.practices))) as is_present
from member as m
inner join {{ ref('int_return__state') }} as r using (site_code, period)
