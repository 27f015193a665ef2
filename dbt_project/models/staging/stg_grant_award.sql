-- Grain: site x funding source x day of award: money given, to be spent from first_period up to and including
-- last_period.
select
    site_code,
    funding_source,
    awarded_on,
    amount_gbp,
    first_period,
    last_period
from {{ source('ops', 'current_grant_award') }}
