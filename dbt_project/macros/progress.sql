{# The window by which the progress of metric `m` is judged: twelve months, which hold no season, if it has them. #}
{% macro progress_window(m) -%}
    case when 'r12' = any({{ m }}.period_windows) then 'r12' else 'month' end
{%- endmacro %}

{# Whole months from one period to another. #}
{% macro months_between(first, last) -%}
    (
        12 * (date_part('year', {{ last }}) - date_part('year', {{ first }}))
        + date_part('month', {{ last }}) - date_part('month', {{ first }})
    )
{%- endmacro %}

{# A number as one says it: so many digits, as far as it has them. #}
{% macro plain_number(value, digits=3) -%}
    case
        when {{ value }} = 0 then '0'
        when abs({{ value }}) >= 1000 then to_char({{ value }}, 'FM999,999,999,999,990')
        else round({{ value }}::numeric, greatest({{ digits - 1 }} - floor(log(abs({{ value }})))::integer, 0))::text
    end
{%- endmacro %}

{# A figure as one says it, money in pounds and pence. #}
{% macro plain_figure(value, unit) -%}
    case
        when {{ unit }} like 'gbp%' then {{ pounds(value) }}
        else {{ plain_number(value) }}
    end
{%- endmacro %}

{# A unit in words, as it follows a figure. #}
{% macro plain_unit(unit) -%}
    case {{ unit }}
        {% for unit_code, words in {
            "pct": "%",
            "pct_per_year": "% a year",
            "days": " days",
            "score": " points",
            "per_1000_person_years": " per 1,000 patients a year",
            "per_100000_person_years": " per 100,000 patients a year",
            "per_1000_person_months": " per 1,000 patients a month",
            "per_10000_persons": " per 10,000 patients",
            "hours_per_1000_person_months": " hours per 1,000 patients a month",
            "gbp_per_person_month": " per patient a month",
            "gbp_per_1000_person_months": " per 1,000 patients a month",
            "gbp_per_astro_pu": " per prescribing unit (ASTRO-PU)",
        }.items() -%}
        when '{{ unit_code }}' then '{{ words }}'
        {% endfor -%}
        else ' ' || replace({{ unit }}, '_', ' ')
    end
{%- endmacro %}

{# The months of a window in words. #}
{% macro plain_window(period_window, period) -%}
    case {{ period_window }} when 'r12' then 'the twelve months to ' else '' end
    || to_char({{ period }}, 'FMMonth YYYY')
{%- endmacro %}
