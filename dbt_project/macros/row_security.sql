{# After a model of schema bi that says in `meta` whose its rows are: a site's own role reads those, everybody else who
   may read the schema all of them. In the transaction that makes the table: there is no moment without. `own_site` is
   the column that names the site; `of_areas`: the rows of larger areas (area_type) are everybody's. A view looks at its
   tables with the rights of whoever asks. The owner (dbt) is not bound by it. #}
{% macro row_security() -%}
    {%- set own_site = model.config.get("meta", {}).get("own_site") -%}
    {%- if model.config.materialized == "view" -%}
        alter view {{ this }} set (security_invoker = true)
    {%- elif own_site -%}
        do $$
        begin
            if exists (select from pg_policy where polrelid = '{{ this }}'::regclass and polname = 'own_site') then
                return;
            end if;
            alter table {{ this }} enable row level security;
            create policy all_sites on {{ this }} for select to bi_reader, analyst using (true);
            create policy own_site on {{ this }} for select to public using (
                {{ own_site }} = (select ops.site_of(current_user))
                {{ "or area_type <> 'site'" if model.config.meta.get("of_areas") }}
            );
        end $$
    {%- endif -%}
{%- endmacro %}
