-- Grain: site x period x measure. Counts of returns. Expected are those that are due; what arrives in a month in
-- which it is not due counts as arrived, so that a share may exceed 100%. A count that is judged at a close exists
-- once the close has passed, and not before.
select
    r.site_code,
    '' as practice_code,
    r.period,
    'all' as sex,
    'all' as age_band,
    m.measure_code,
    0::bigint as suppressed_count,
    sum(m.quantity)::double precision as quantity
from {{ ref('int_return__state') }} as r
cross join
    lateral (
        values
        ('returns_expected', true, r.is_due::integer),
        ('returns_submitted', true, (r.attempts_count > 0)::integer),
        ('returns_accepted_first_time', true, r.is_accepted_first_time::integer),
        ('returns_accepted_by_primary_close', r.as_of > r.primary_close_at, r.is_accepted_by_primary_close::integer),
        ('returns_accepted_by_refresh_close', r.as_of > r.refresh_close_at, r.is_accepted_by_refresh_close::integer)
    ) as m (measure_code, is_known, quantity)
where m.is_known and {{ in_months('r.period') }}
group by r.site_code, r.period, m.measure_code
