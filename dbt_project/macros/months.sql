{# Incremental strategy "months": the months of this build are taken out and put back whole, in one
   transaction, so that rows a correction no longer has are gone. Two builds of one model queue up behind
   its lock; without it both would say OK and leave the month doubled. #}
{% macro get_incremental_months_sql(arg_dict) %}
    {%- set columns = arg_dict["columns"] | map(attribute="quoted") | join(", ") %}
    select pg_advisory_xact_lock(hashtext('{{ arg_dict["target_relation"] }}'));
    delete from {{ arg_dict["target_relation"] }} where {{ in_months("period", config.get("months_var", "months")) }};
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    (select {{ columns }} from {{ arg_dict["temp_relation"] }})
{% endmacro %}

{# Condition: `column` is a month that this build makes. `which`: months (those whose data changed) or
   window_months (those and the months after whose rolling figures they move). They come from the environment, asked
   when a model is compiled and not when it is parsed: with --vars dbt would read the whole project anew. One month is
   said as what it is: joined tables then need not be compared by it, and the planner knows how many rows meet. #}
{% macro in_months(column="period", which="months") -%}
    {%- set months = env_var("PCH_BUILD_" ~ which | upper, "") if execute else "" -%}
    {%- if not months -%} true
    {%- elif "," in months -%} {{ column }} = any('{{ "{" ~ months ~ "}" }}'::date[])
    {%- else -%} {{ column }} = '{{ months }}'::date
    {%- endif -%}
{%- endmacro %}

{# Condition: `column` is a month of a window that ends with a month of this build; without it, a build of one month
   would read all of history. The longest windows hold twelve months. #}
{% macro in_reach(column="period") -%}
    {%- set months = env_var("PCH_BUILD_WINDOW_MONTHS", "").split(",") | sort if execute else [""] -%}
    {%- if months[0] -%}
        {{ column }} between '{{ months[0] }}'::date - interval '11 months' and '{{ months[-1] }}'::date
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Data tests look at the months of this build only: one bad old row must not block a new month. A test
   says so with `where: __months__` or `where: __window_months__`. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get("where", "") -%}
    {%- if where -%}
        {%- set where = where
            | replace("__window_months__", in_months("period", "window_months"))
            | replace("__months__", in_months("period", "months")) -%}
        (select * from {{ relation }} where {{ where }}) as dbt_subquery
    {%- else -%} {{ relation }}
    {%- endif -%}
{%- endmacro %}
