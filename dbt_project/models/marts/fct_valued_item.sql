-- Grain: site x period x item: what the outcome valued_cost is made of, of the practices in it: how many of each kind
-- of emergency care, and prescribing, at what real price. For reckoning it again at other prices.
select
    c.site_code::text as site_code,
    c.period::date as period,
    c.item::text as item,
    sum(c.activity_count)::double precision as activity_count,
    round(sum(c.real_gbp)::numeric, 4)::double precision as real_gbp
from {{ ref('int_cost__items') }} as c
inner join {{ ref('stg_outcome') }} as o on o.outcome = 'valued_cost'
inner join {{ ref('int_metric__inclusion') }} as i
    on
        i.is_included
        and (o.definition_id, c.site_code, c.practice_code, c.period)
        = (i.definition_id, i.site_code, i.practice_code, i.period)
where not c.is_frail and c.service in ('emergency_hospital', 'prescribing')
group by c.site_code, c.period, c.item
