{# What of the cells of CTE `cells` may be shown (docs/adr/0016), as columns shown_<figure> beside them. A cell brings its
   true figures and, of its definition (model `definition`), method, multiplier, shown_as, numerator_counts and
   denominator_counts; and two decisions: is_withheld, its counts are not shown; is_hidden, nothing of it is.
   Where counts are withheld and the figure is not, its limits keep two digits: three would give the count away. #}
{% macro shown_figures(cells, nominal=false) -%}
select
    c.*,
    k.numerator as shown_numerator,
    k.denominator as shown_denominator,
    {% if nominal -%}
        case when not c.is_hidden then stat.significant(c.nominal_value, 3) end as shown_nominal_value,
    {% endif -%}
    {% for figure, limit in [("value", "value"), ("lower_95", "lower"), ("upper_95", "upper"), ("lower_998", "lower"), ("upper_998", "upper")] -%}
        case
            when c.is_hidden or c.{{ figure }} is null then null
            when c.shown_as = 'as counted' then c.{{ figure }}
            when c.shown_as = 'from rounded counts' and c.method = 'proportion'
                then p{{ figure.split("_")[1] or "95" }}.{{ limit }}
            when c.shown_as = 'from rounded counts' then r{{ figure.split("_")[1] or "95" }}.{{ limit }}
            else stat.significant(c.{{ figure }}, {{ "3" if figure == "value" else "case when c.is_withheld then 2 else 3 end" }})
        end as shown_{{ figure }}
        {{- "," if not loop.last }}
    {% endfor -%}
from {{ cells }} as c
cross join
    lateral (
        values (
            case when not c.is_withheld then stat.disclosed_count(c.numerator, c.numerator_counts) end,
            case when not c.is_withheld then stat.disclosed_count(c.denominator, c.denominator_counts) end,
            case when c.shown_as = 'from rounded counts' then c.multiplier end
        )
    ) as k (numerator, denominator, multiplier)
{% for level in ["95", "998"] -%}
    cross join
        lateral stat.proportion(
            case when c.method = 'proportion' then k.numerator end, k.denominator, k.multiplier, 0.{{ level }}
        ) as p{{ level }}
    cross join
        lateral stat.rate(
            case when c.method <> 'proportion' then k.numerator end, k.denominator, k.multiplier, 0.{{ level }}
        ) as r{{ level }}
{% endfor -%}
{%- endmacro %}

{# The figures that every result has. #}
{% macro shown_columns() -%}
    {{ return(["numerator", "denominator", "value", "lower_95", "upper_95", "lower_998", "upper_998"]) }}
{%- endmacro %}

{# Columns of a definition that the macro above needs, of model `definition` as `d`. #}
{% macro disclosure_of(d) -%}
    {% for column in ["method", "multiplier", "shown_as", "is_standardised", "numerator_counts", "denominator_counts"] -%}
        {{ d }}.{{ column }}
        {{- ",
    " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Condition: numerator or denominator of cell `c` is too small to be shown. #}
{% macro is_small(c) -%}
    coalesce(
        stat.is_disclosive({{ c }}.numerator, {{ c }}.numerator_counts)
        or stat.is_disclosive({{ c }}.denominator, {{ c }}.denominator_counts),
        false
    )
{%- endmacro %}

{# Columns is_withheld and is_hidden of cell `c`, which is small or not: `held`, something else forbids its counts; `stays`,
   a figure may then stand without them. #}
{% macro decided(c, held, stays=none) -%}
    {{ c }}.denominator is not null and ({{ held }} or {{ is_small(c) }}) as is_withheld,
    {{ c }}.denominator is not null
    and ({{ is_small(c) }} or ({{ held }} and not ({{ stays or c ~ ".is_standardised" }}))) as is_hidden
{%- endmacro %}

{# The reasons for which a cell is suppressed, in words. One sentence for small numbers and for those that go with
   them: which is which would tell the small one. #}
{% macro reason_small() -%} 'the number is from 1 to 7, or would give such a number away' {%- endmacro %}
{% macro reason_window() -%} 'it holds a month that is suppressed, which it would give away' {%- endmacro %}
{% macro reason_area() -%} 'it holds a part that is suppressed, which it would give away' {%- endmacro %}
{% macro reason_slice() -%} 'a number of one of the slices is from 1 to 7, or would give such a number away' {%- endmacro %}

{# A part of a change, `amount` in the unit of the metric, in steps of what five of the counted make of cell `v`: a part
   may be one practice's few events. Of money, staff and weighted answers: to three digits. #}
{% macro shown_part(amount, d, v) -%}
    case
        when {{ d }}.numerator_counts = 'people' and {{ v }}.denominator > 0
            then
                stat.significant(
                    round({{ amount }} * {{ v }}.denominator / (5 * {{ d }}.multiplier))
                    * (5 * {{ d }}.multiplier) / {{ v }}.denominator, 3
                )
        else stat.significant({{ amount }}, 3)
    end
{%- endmacro %}

{# The January before the April in which the financial year of `period` begins, moved back alike for every month: equal
   for the months of one financial year. #}
{% macro financial_year_start(period) -%} date_trunc('year', {{ period }} - interval '3 months') {%- endmacro %}

{# Metric x site x month of which no count is shown: mart.fct_withheld, and what was withheld after the close of its month
   and of which nothing new has come since. A site that hid another's small number in one release would tell it in the
   next. Only the months that a window of this build may hold. #}
{% macro withheld_months() -%}
    select
        w.metric_code,
        w.site_code,
        w.period
    from {{ ref("fct_withheld") }} as w
    where {{ in_reach("w.period") }}
    {% if is_incremental() -%}
        union
        select
            t.metric_code,
            t.site_code,
            t.period
        from {{ this }} as t
        inner join {{ ref("dim_metric") }} as m on t.metric_code = m.metric_code
        where
            {{ in_reach("t.period") }}
            and t.is_withheld
            and t.period_window = 'month'
            and t.edition <> 'provisional'
            and not exists (
                select from {{ ref("fct_return") }} as r
                where
                    (r.site_code, r.period) = (t.site_code, t.period)
                    and r.feed = any(m.feeds)
                    and r.received_at > t.built_at
            )
    {%- endif %}
{%- endmacro %}

{# Slices of one kind are shown together or not at all; variants, each by itself. #}
{% macro variant_of(v) -%} case {{ v }}.slice_type when 'variant' then {{ v }}.slice else '' end {%- endmacro %}
