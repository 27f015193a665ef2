-- Grain: site x practice x period x measure. Person-months of all practices of the site, and of those that
-- accepted data speak of in every feed that names practices and is due.
{{ config(months_var='window_months') }}
with practice as (
    select
        site_code,
        practice_code,
        period,
        max(size) as size,
        bool_and(is_present) as is_covered
    from {{ ref('int_practice__presence') }}
    where names_practices and is_due and {{ in_months('period', 'window_months') }}
    group by site_code, practice_code, period
)

select
    p.site_code,
    p.practice_code,
    p.period,
    'all' as sex,
    'all' as age_band,
    m.measure_code,
    m.quantity,
    0::bigint as suppressed_count
from practice as p
cross join lateral (
    values
    ('listed_person_months', p.size),
    ('covered_person_months', case when p.is_covered then p.size else 0 end)
) as m (measure_code, quantity)
