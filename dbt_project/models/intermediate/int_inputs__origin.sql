-- Grain: correction that names a line of the site. The line that it corrects in the end: a correction may correct
-- another. A number is looked for in the month itself and then back, newest first: sites begin to count anew each
-- month. A correction that is not here names no line that is known (nor do those that name one another in a circle).
{{ config(materialized='table', indexes=[]) }}
with recursive named as (
    select distinct on (c.site_code, c.period, c.line_id)
        c.site_code,
        c.period,
        c.line_id,
        l.period as named_period,
        l.line_id as named_line_id,
        l.correction_of is null as is_origin
    from {{ ref('int_inputs__lines') }} as c
    inner join {{ ref('int_inputs__lines') }} as l
        on
            (c.site_code, c.correction_of) = (l.site_code, l.line_id)
            and c.period >= l.period
            and (l.period, l.line_id) <> (c.period, c.line_id)
    where c.correction_of is not null
    order by c.site_code asc, c.period asc, c.line_id asc, l.period desc
),

origin as (
    select
        site_code,
        period,
        line_id,
        named_period as origin_period,
        named_line_id as origin_line_id
    from named
    where is_origin
    union all
    select
        n.site_code,
        n.period,
        n.line_id,
        o.origin_period,
        o.origin_line_id
    from named as n
    inner join origin as o on (n.site_code, n.named_period, n.named_line_id) = (o.site_code, o.period, o.line_id)
)

select
    site_code,
    period,
    line_id,
    origin_period,
    origin_line_id
from origin
