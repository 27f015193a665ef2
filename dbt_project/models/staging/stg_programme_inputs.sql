-- Grain: a ledger line of the current submission. A line naming a practice that is not the site's is set
-- aside; a line naming none is borne by the whole site.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.line_id,
    r.date as line_date,
    r.workstream,
    r.cost_category,
    r.funding_source,
    r.staff_role,
    r.hours,
    r.amount_gbp,
    r.basis,
    r.correction_of,
    {{ suppressed('hours') }} as is_hours_suppressed,
    {{ suppressed('amount_gbp') }} as is_amount_suppressed
from {{ source('raw', 'programme_inputs') }} as r
where r.practice_code is null or {{ practice_is_of_site() }}
