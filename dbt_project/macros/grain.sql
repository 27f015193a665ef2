{# Fails on rows that share the columns which together identify a row. #}
{% test unique_grain(model, columns) %}
select {{ columns | join(", ") }}, count(*) as rows_count
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
