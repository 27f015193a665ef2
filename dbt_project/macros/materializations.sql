{# dbt's own ways of making a view and a table of months, with fewer questions to the catalogue: on few rows a build
   spends most of its time asking. What is not there yet, or is of another kind, dbt makes in its own way. #}

{# A view is replaced where it stands: nobody who reads it finds it gone, and it need not be renamed twice. If columns
   went or changed their type it is made anew; views over it go with it and come back when their turn comes. #}
{% materialization view, adapter="postgres" -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_view -%} {{ return(dbt.materialization_view_default()) }} {%- endif -%}
    {%- set target = this.incorporate(type="view") -%}
    {% do run_hooks(pre_hooks, inside_transaction=False) %}
    {% do run_hooks(pre_hooks, inside_transaction=True) %}
    {% call statement("main") -%}
        do $view$
        begin
            create or replace view {{ target }} as (
                {{ sql }}
            );
        exception when invalid_table_definition then
            drop view {{ target }} cascade;
            {{ get_create_view_as_sql(target, sql) }}
        end $view$
    {%- endcall %}
    {{ return(finish_in_place(target)) }}
{%- endmaterialization %}

{# The months of this build are worked out beside the table and put into it (get_incremental_months_sql). Columns that
   the table does not have yet are added; those that the model no longer has stay, empty from now on. #}
{% materialization incremental, adapter="postgres" -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or existing.is_view or should_full_refresh() -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set made = make_temp_relation(target) -%}
    {% do run_hooks(pre_hooks, inside_transaction=False) %}
    {% do run_hooks(pre_hooks, inside_transaction=True) %}
    {% do run_query(get_create_table_as_sql(True, made, sql)) %}
    {%- set columns = run_query(columns_beside(made, target)) -%}
    {% call statement("main") -%}
        {% for column in columns if column.is_new -%}
            alter table {{ target }} add column {{ column.quoted }} {{ column.data_type }};
        {% endfor -%}
        {{ get_incremental_months_sql({"target_relation": target, "temp_relation": made, "columns": columns}) }}
    {%- endcall %}
    {{ return(finish_in_place(target)) }}
{%- endmaterialization %}

{# The columns of `made`, and whether `target` does not have them yet. #}
{% macro columns_beside(made, target) -%}
    select
        quote_ident(m.attname) as quoted,
        format_type(m.atttypid, m.atttypmod) as data_type,
        not exists (
            select from pg_attribute as t
            where t.attrelid = '{{ target }}'::regclass and t.attname = m.attname and not t.attisdropped
        ) as is_new
    from pg_attribute as m
    where m.attrelid = '{{ made }}'::regclass and m.attnum > 0 and not m.attisdropped
    order by m.attnum
{%- endmacro %}

{# What dbt does at the end of each of its own. #}
{% macro finish_in_place(relation) -%}
    {% do apply_grants(relation, config.get("grants"), should_revoke=True) %}
    {% do persist_docs(relation, model) %}
    {% do run_hooks(post_hooks, inside_transaction=True) %}
    {% do adapter.commit() %}
    {% do run_hooks(post_hooks, inside_transaction=False) %}
    {{ return({"relations": [relation]}) }}
{%- endmacro %}

{# What a model says of itself and of its columns becomes comments; those that stand there already are left alone. One
   question a model, where dbt asks two and writes every comment at every build. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set columns = model.columns.values() | selectattr("description") | list if config.persist_column_docs() -%}
    {% if config.persist_relation_docs() and (model.description or columns) -%}
        {% call statement("comments") -%}
            do $comments$
            declare
                said record;
            begin
                for said in
                    select
                        case when w.name is null then '{{ relation.type }} ' else 'column ' end as kind,
                        case when w.name is not null then '.' || quote_ident(w.name) else '' end as name,
                        w.comment
                    from (values (null, nullif('{{ escape_single_quotes(model.description) }}', ''))
                        {%- for column in columns %},
                            ('{{ column.name }}', '{{ escape_single_quotes(column.description) }}')
                        {%- endfor %}
                    ) as w (name, comment)
                    left join pg_attribute as a
                        on a.attrelid = '{{ relation }}'::regclass and a.attname = w.name and not a.attisdropped
                    where (w.name is null or a.attname is not null) and w.comment is distinct from case
                        when w.name is null then obj_description('{{ relation }}'::regclass, 'pg_class')
                        else col_description(a.attrelid, a.attnum)
                    end
                loop
                    execute format('comment on %s {{ relation }}%s is %L', said.kind, said.name, said.comment);
                end loop;
            end $comments$
        {%- endcall %}
    {%- endif %}
{%- endmacro %}
