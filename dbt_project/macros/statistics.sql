{# After every model that is a table: what reads it next must be planned for the rows just written. Left to
   autovacuum, the planner takes a new month for empty, and a join over it has been seen to take minutes. #}
{% macro analyze_table() -%}
    {%- if model.config.materialized in ("table", "incremental") %} analyze {{ this }} {%- endif -%}
{%- endmacro %}
