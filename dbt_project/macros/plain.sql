{# Pounds and pence as one reads them. #}
{% macro pounds(value) -%}
    to_char({{ value }}, 'FMMI"£"999,999,999,990.00')
{%- endmacro %}

{# "3 lines of it", "1 line of it"; null where there is none. #}
{% macro counted(count, noun, of) -%}
    case
        when {{ count }} = 1 then '1 {{ noun }} {{ of }}'
        when {{ count }} > 1 then {{ count }} || ' {{ noun }}s {{ of }}'
    end
{%- endmacro %}
