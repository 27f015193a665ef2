-- Grain: metric x site x period whose change can be split: what the practices that make up the two windows do to
-- the crude quotient. Suffix 0: the baseline's window, 1: the figure's.
--     q    numerators over denominators of all practices included
--     a    the same of the common ones: those with a denominator in both windows
--     b    of them, as if each had been included in every month of its membership (x member / included months)
--     c    of them, as if each had been a member, and included, all along (its mean month)
-- A practice p that is in one window only moves q by (n_p - a d_p) / D: roster, where it was no member in the other
-- window, else coverage. Of the common ones, a - b is coverage and b - c is roster. From c0 to c1, with shares s and
-- rates r of the practices: mix = sum of (s1 - s0) (r0 + r1) / 2; with volume rates v, price = sum of
-- (s0 + s1) / 2 x (v0 + v1) / 2 x (r1 / v1 - r0 / v0); the rest is performance. What the whole site bears, without a
-- denominator of its own, is in q alone.
{{ config(months_var='window_months') }}
with compared as (
    select
        metric_code,
        definition_id,
        site_code,
        period,
        baseline_last_period
    from {{ ref('int_progress__compared') }}
    where like_for_like_change is not null and restated_value is not null and {{ in_months('period', 'window_months') }}
),

pair as (
    {% for side, last_period in [('0', 'baseline_last_period'), ('1', 'period')] -%}
        select
            c.metric_code,
            c.definition_id,
            c.site_code,
            c.period,
            p.practice_code,
            p.numerator,
            p.denominator,
            p.volume,
            p.included_months,
            p.member_months,
            {{ side }} = 1 as is_now
        from compared as c
        inner join {{ ref('int_progress__practice') }} as p
            on (c.definition_id, c.site_code, c.{{ last_period }}) = (p.definition_id, p.site_code, p.period)
        where p.period = any(array(select distinct o.{{ last_period }} from compared as o))
        {% if side == '0' %} union all {% endif -%}
    {% endfor -%}
),

practice as (
    select
        metric_code,
        definition_id,
        site_code,
        period,
        {% for side, condition in [('0', 'not is_now'), ('1', 'is_now')] -%}
            coalesce(sum(numerator) filter (where {{ condition }}), 0) as n{{ side }},
            coalesce(sum(denominator) filter (where {{ condition }}), 0) as d{{ side }},
            nullif(sum(volume) filter (where {{ condition }}), 0) as v{{ side }},
            sum(included_months) filter (where {{ condition }}) as u{{ side }},
            sum(member_months) filter (where {{ condition }}) as m{{ side }},
        {% endfor -%}
        bool_and(coalesce(denominator, 0) > 0) and count(*) = 2 as is_common
    from pair
    group by metric_code, definition_id, site_code, period, practice_code
),

summed as (
    select
        metric_code,
        definition_id,
        site_code,
        period,
        {% for side, other in [('0', '1'), ('1', '0')] -%}
            {%- set n, d, u, m = 'n' ~ side, 'd' ~ side, 'u' ~ side, 'm' ~ side -%}
            sum({{ n }}) / nullif(sum({{ d }}), 0) as q{{ side }},
            sum({{ d }}) as all_d{{ side }},
            sum({{ n }}) filter (where is_common) / sum({{ d }}) filter (where is_common) as a{{ side }},
            sum({{ n }} * {{ m }} / {{ u }}) filter (where is_common)
            / sum({{ d }} * {{ m }} / {{ u }}) filter (where is_common) as b{{ side }},
            sum({{ n }} / {{ u }}) filter (where is_common)
            / sum({{ d }} / {{ u }}) filter (where is_common) as c{{ side }},
            sum({{ d }} / {{ u }} * n{{ other }} / d{{ other }}) filter (where is_common)
            / sum({{ d }} / {{ u }}) filter (where is_common) as rates_of_the_other{{ side }},
            sum({{ d }} / {{ u }} * (v0 / d0 + v1 / d1) / 2 * (n1 / v1 - n0 / v0)) filter (where is_common)
            / sum({{ d }} / {{ u }}) filter (where is_common) as price{{ side }},
            {% for only, condition in [('roster', 'm' ~ other ~ ' is null'), ('coverage', 'm' ~ other ~ ' > 0')] -%}
                {%- set these = 'not is_common and ' ~ d ~ ' > 0 and ' ~ condition -%}
                coalesce(sum({{ n }}) filter (where {{ these }}), 0) as {{ only }}_n{{ side }},
                coalesce(sum({{ d }}) filter (where {{ these }}), 0) as {{ only }}_d{{ side }},
            {% endfor %}
        {% endfor -%}
        count(*) filter (where is_common) as common_practices_count
    from practice
    group by metric_code, definition_id, site_code, period
)

select
    metric_code,
    definition_id,
    site_code,
    period,
    common_practices_count,
    {% for side in ['0', '1'] -%}
        q{{ side }},
        (coverage_n{{ side }} - a{{ side }} * coverage_d{{ side }}) / all_d{{ side }} + a{{ side }} - b{{ side }}
            as coverage{{ side }},
        (roster_n{{ side }} - a{{ side }} * roster_d{{ side }}) / all_d{{ side }} + b{{ side }} - c{{ side }}
            as roster{{ side }},
    {% endfor -%}
    (rates_of_the_other1 + c1 - c0 - rates_of_the_other0) / 2 as mix,
    (price0 + price1) / 2 as price
from summed
where common_practices_count > 0
