-- Grain: site x practice x period: the practices that belong to a site on the first day of a month.
select
    m.site_code,
    m.practice_code,
    p.period
from {{ source('ref', 'membership') }} as m
inner join {{ source('ref', 'period') }} as p
    on m.valid_from <= p.period and (m.valid_to is null or m.valid_to > p.period)
