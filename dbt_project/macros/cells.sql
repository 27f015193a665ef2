{# Columns that name a figure: which version of a metric, of which area and slice, for which period and window. #}
{% macro figure_columns(alias) -%}
    {% for column in ["definition_id", "area_type", "area_code", "slice_type", "slice", "period", "period_window"] -%}
        {{ alias }}.{{ column }}
        {{- ",
    " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# A figure in money of the time, beside the real one of cell `s` of metric `m`. #}
{% macro nominal_value() -%}
    m.multiplier * s.nominal / nullif(s.denominator, 0) as nominal_value
{%- endmacro %}
