-- Grain: version of a metric x site x practice x period (practice '': the whole site). Whether the practice's data
-- enter the metric: every feed the metric cannot do without must speak of it. So numerator and denominator are always
-- of the same people, and an absent return is never a zero. A month in which one of them is neither due nor there has
-- no row: it lacks nothing. Counts of returns are of everything.
{{ config(months_var='window_months') }}
with practice as (
    select
        m.definition_id,
        p.site_code,
        p.practice_code,
        p.period,
        max(p.size) as size,
        m.method = 'count_share' or bool_and(p.is_present) as is_included
    from {{ ref('stg_metric') }} as m
    inner join {{ ref('int_practice__presence') }} as p on p.feed = any(m.feeds)
    where {{ in_months('p.period', 'window_months') }}
    group by m.definition_id, m.method, p.site_code, p.practice_code, p.period
    having m.method = 'count_share' or bool_and(p.is_due or p.is_present)
),

whole_site as (
    select
        m.definition_id,
        r.site_code,
        '' as practice_code,
        r.period,
        null::double precision as size,
        m.method = 'count_share'
        or (
            bool_and(r.state in ('received', 'nil_return'))
            and (
                not bool_or(r.names_practices)
                or exists (
                    select from practice as p
                    where
                        (p.definition_id, p.site_code, p.period) = (m.definition_id, r.site_code, r.period)
                        and p.is_included
                )
            )
        ) as is_included
    from {{ ref('stg_metric') }} as m
    inner join {{ ref('int_return__state') }} as r on r.feed = any(m.feeds)
    where {{ in_months('r.period', 'window_months') }}
    group by m.definition_id, m.method, r.site_code, r.period
    having m.method = 'count_share' or bool_and(r.is_due or r.state in ('received', 'nil_return'))
)

select
    definition_id,
    site_code,
    practice_code,
    period,
    size,
    is_included
from practice
union all
select
    definition_id,
    site_code,
    practice_code,
    period,
    size,
    is_included
from whole_site
