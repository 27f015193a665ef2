{# The age groups into which standardised figures are cut: name, youngest age, first age that is too old. #}
{% macro age_groups() -%}
    (
        values
        ('0-14', 0, 15),
        ('15-44', 15, 45),
        ('45-64', 45, 65),
        ('65-74', 65, 75),
        ('75-84', 75, 85),
        ('85+', 85, 999)
    )
{%- endmacro %}
