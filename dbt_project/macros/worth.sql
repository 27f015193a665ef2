{# What of an evaluation may be shown (schema bi). Its estimates are not counts, but observed is, and observed with the
   effect gives what would have been. Kind of figures of row `e`: money or people. #}
{% macro worth_kind(e) -%} case when {{ e }}.is_money then 'money' else 'people' end {%- endmacro %}

{# A figure of row `e` that an estimate made, which may be below 0: people to the nearest 5, money to three digits. #}
{% macro estimated(column, is_money) -%}
    case when {{ is_money }} then stat.significant({{ column }}, 3) else 5 * floor({{ column }} / 5 + 0.5) end
{%- endmacro %}

{# Condition: of the row's `together` (columns), a region, a wave or the programme has a number that is too small: then
   none of them is shown, since they are sums of one another. #}
{% macro is_small_together(is_small, together) -%}
    bool_or({{ is_small }} and e.area_type <> 'site') over (partition by {{ together }}) and e.area_type <> 'site'
{%- endmacro %}

{# What people call the area of row `a`; `s`: the site, where it is one. #}
{% macro area_name(a, s) -%}
    case {{ a }}.area_type
        when 'programme' then 'the programme'
        when 'site' then {{ s }}.site_name
        else {{ a }}.area_code
    end
{%- endmacro %}
