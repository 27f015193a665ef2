-- Grain: practice x site x membership. A practice that moved has a row for each site it belonged to.
select
    m.practice_code::text as practice_code,
    m.site_code::text as site_code,
    m.valid_from::date as valid_from,
    m.valid_to::date as valid_to,
    p.imd_quintile::integer as imd_quintile,
    (m.valid_to is null or m.valid_to > current_date)::boolean as is_current
from {{ ref('stg_practice_membership') }} as m
left join {{ ref('stg_practice') }} as p on m.practice_code = p.practice_code
