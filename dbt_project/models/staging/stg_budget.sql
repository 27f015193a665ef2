-- Grain: site (null: every site without one of its own) x from_period: its budget for a patient of average need and
-- month, in pounds of the month, and who bears what; it holds up to, not including, effective_to.
select
    site_code,
    from_period,
    gbp_per_weighted_person_month::double precision as gbp_per_weighted_person_month,
    gain_share_pct,
    loss_share_pct,
    corridor_pct,
    cap_pct,
    collar_pct,
    effective_to
from {{ source('ops', 'current_budget') }}
