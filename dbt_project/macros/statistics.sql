{# After every model that is a table: what reads it next must be planned for the rows just written. Left to
   autovacuum, the planner takes a new month for empty, and a join over it has been seen to take minutes. A tenth of the
   usual sample tells a plan as much: months are alike, and reading 30,000 rows of each table took longer than making
   most of them. #}
{% macro analyze_table() -%}
    {%- if model.config.materialized in ("table", "incremental") %}
        set local default_statistics_target = 10;
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
