{# Condition: the method is standardised, so its figures are made of strata by sex and age band. In Python it is
   pch.registry.metric.STANDARDISED. #}
{% macro is_standardised(method) -%}
    {{ method }} in ('dsr', 'dsr_repeat', 'indirect_rate')
{%- endmacro %}

{# The five terms of a metric as columns, from rows of `quantity` that say which `term` they are. #}
{% macro terms_side_by_side(quantity) -%}
    {% for term in ["numerator", "denominator", "squares", "nominal", "volume"] -%}
        sum({{ quantity }}) filter (where t.term = '{{ term }}') as {{ term }}
        {{- ",
    " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The five terms added up. #}
{% macro terms_added_up(alias) -%}
    {% for term in ["numerator", "denominator", "squares", "nominal", "volume"] -%}
        sum({{ alias }}.{{ term }}) as {{ term }}
        {{- ",
    " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Cells the site withheld of what makes the figure: what only stands beside it does not count. #}
{% macro withheld(suppressed_count) -%}
    coalesce(sum({{ suppressed_count }}) filter (where t.term in ('numerator', 'denominator', 'squares')), 0)::bigint
        as suppressed_count
{%- endmacro %}
