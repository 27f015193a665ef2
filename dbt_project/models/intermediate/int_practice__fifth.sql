-- Grain: site x practice that ever was its member and whose deprivation the register knows. The fifth (1 the most
-- deprived) and the region in which its figures are counted ('': the register names none).
{{ config(materialized='table', indexes=[]) }}
select distinct
    m.site_code,
    m.practice_code,
    p.imd_quintile,
    coalesce(s.region, '') as region
from {{ ref('stg_practice_membership') }} as m
inner join {{ ref('stg_practice') }} as p on m.practice_code = p.practice_code
inner join {{ ref('stg_site') }} as s on m.site_code = s.site_code
where p.imd_quintile is not null
