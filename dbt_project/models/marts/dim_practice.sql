-- Grain: practice x site x membership. A practice that moved has a row for each site it belonged to.
select
    practice_code::text as practice_code,
    site_code::text as site_code,
    valid_from::date as valid_from,
    valid_to::date as valid_to,
    (valid_to is null or valid_to > current_date)::boolean as is_current
from {{ ref('stg_practice_membership') }}
