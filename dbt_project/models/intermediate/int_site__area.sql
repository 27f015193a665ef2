-- Grain: site x area it is part of: the programme, its region, its wave.
{{ config(materialized='table', indexes=[]) }}
select
    s.site_code,
    a.area_type,
    a.area_code
from {{ ref('stg_site') }} as s
cross join
    lateral (
        values ('programme', 'PCH'), ('region', s.region), ('wave', s.wave)
    ) as a (area_type, area_code)
where a.area_code is not null
