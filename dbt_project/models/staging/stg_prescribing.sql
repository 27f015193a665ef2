-- Grain: a row of the current submission (practice x BNF presentation). Money is nominal, as received.
-- Only practices that belong to the site on the first day of the month: the rest is set aside.
select
    r.site_code,
    r.practice_code,
    r.period,
    r.bnf_code,
    r.items_count,
    r.quantity,
    r.nic_gbp,
    r.actual_cost_gbp,
    {{ suppressed('items_count') }} as is_items_count_suppressed,
    {{ suppressed('nic_gbp') }} as is_nic_gbp_suppressed,
    {{ suppressed('actual_cost_gbp') }} as is_actual_cost_gbp_suppressed
from {{ source('raw', 'prescribing') }} as r
where {{ practice_is_of_site() }}
