-- Grain: ledger line (site x period x line_id), as the site stated it. The whole site bears every line, whichever
-- practice it names. The index finds the line that a correction of a later month names.
{{ config(indexes=[{'columns': ['period']}, {'columns': ['site_code', 'line_id']}]) }}
select
    site_code,
    period,
    line_id,
    cost_category,
    funding_source,
    staff_role,
    hours,
    amount_gbp,
    basis,
    correction_of,
    is_hours_suppressed,
    is_amount_suppressed
from {{ ref('stg_programme_inputs') }}
where {{ in_months() }}
