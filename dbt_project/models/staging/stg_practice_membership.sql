-- Grain: practice x site x start of membership.
select
    practice_code,
    site_code,
    valid_from,
    valid_to
from {{ source('ref', 'membership') }}
