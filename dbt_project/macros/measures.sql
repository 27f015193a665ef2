{# Whether the site withheld the number in `column` of row `r`: it is null for that reason, and not zero. #}
{% macro suppressed(column) -%}
    (r.absent is not null and '{{ column }}=suppressed' = any(string_to_array(r.absent, ';')))
{%- endmacro %}

{# Condition: the practice of row `r` belongs to the site on the first day of the month. Not a join: of a join over
   three columns the planner expects a hundredth of the rows, and then sorts millions. #}
{% macro practice_is_of_site() -%}
    exists (
        select from {{ ref("stg_membership") }} as m
        where (m.site_code, m.practice_code, m.period) = (r.site_code, r.practice_code, r.period)
    )
{%- endmacro %}

{# Condition: the number is there, or withheld; not just left empty. Measures that are divided by one another are of
   the rows that say both. #}
{% macro recorded(column) -%}
    ({{ column }} is not null or is_{{ column }}_suppressed)
{%- endmacro %}

{# The measures of a topic, one below the other; grain: site x practice x period x sex x age band x measure.
   `rows`: a model, or a query named above. `measures`: [measure_code, quantity, condition, is_suppressed], the
   quantity being added up over the rows that meet the condition (default: all). suppressed_count: those of them
   whose part was withheld (default: the flag of the column that the quantity is). A measure of which nothing is
   known and nothing was withheld has no row: missing is not zero. `is_banded`: rows have a sex and an age band.
   Beside a measure <x>_nominal_gbp stands <x>_real_gbp, in pounds of the base year.
   The sums are made side by side in one pass and then put one below the other: five times as fast as a line a
   measure for every row (387,000 rows, 14 measures: 0.7 s). #}
{% macro measures_of(rows, measures, is_banded=false) -%}
{%- set has_money = "_nominal_gbp" in measures | map("first") | join(" ") -%}
select
    c.site_code,
    coalesce(c.practice_code, '') as practice_code,
    c.period,
    {{ "c." if is_banded else "'all' as " }}sex,
    {{ "c." if is_banded else "'all' as " }}age_band,
    m.measure_code,
    m.suppressed_count,
    coalesce(m.quantity, 0) as quantity
from (
    select
        {% for measure in measures -%}
            {%- set condition = measure[2] or "true" -%}
            {%- set is_suppressed = measure[3] or "is_" ~ measure[1] ~ "_suppressed" -%}
            (sum({{ measure[1] }}) filter (where {{ condition }}))::double precision as quantity_{{ loop.index }},
            count(*) filter (where ({{ is_suppressed }}) and ({{ condition }})) as suppressed_{{ loop.index }},
        {% endfor -%}
        {{ "sex, age_band," if is_banded }}
        site_code,
        practice_code,
        period
    from {{ rows }}
    where {{ in_months() }}
    group by site_code, practice_code, period {{- ", sex, age_band" if is_banded }}
) as c
{% if has_money -%} inner join {{ ref("stg_price") }} as p on c.period = p.period {%- endif %}
cross join lateral (
    values
    {% for measure in measures -%}
        ('{{ measure[0] }}', c.quantity_{{ loop.index }}, c.suppressed_{{ loop.index }})
        {%- if measure[0].endswith("_nominal_gbp") %},
        (
            '{{ measure[0] | replace("_nominal_gbp", "_real_gbp") }}',
            c.quantity_{{ loop.index }} * p.real_gbp_per_nominal_gbp,
            c.suppressed_{{ loop.index }}
        )
        {%- endif -%}
        {{- "," if not loop.last }}
    {% endfor -%}
) as m (measure_code, quantity, suppressed_count)
where m.quantity is not null or m.suppressed_count > 0
{%- endmacro %}
