{# A dated reference table by month: for each `keys`, the row with the latest valid_from that is not after the month;
   months before the first take the first. Columns of `relation`, and the period. #}
{% macro dated_by_month(relation, keys) -%}
select distinct on ({% for key in keys -%} d.{{ key }}, {% endfor -%} p.period)
    d.*,
    p.period
from {{ relation }} as d
cross join {{ ref("stg_period") }} as p
order by {% for key in keys -%} d.{{ key }}, {% endfor -%}
p.period, (d.valid_from <= p.period) desc, abs(d.valid_from - p.period)
{%- endmacro %}
