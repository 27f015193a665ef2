{# What a cost is made of: the service, whether it is that of frail people, and the returns without which it cannot be
   told. The whole needs all six, so that what moves from one budget to another is seen on both sides. #}
{% macro cost_services() -%}
    (
        values
        ('emergency_hospital', false, array['registered_list', 'hospital_activity']),
        ('emergency_hospital', true, array['clinical_indicators', 'hospital_activity']),
        ('planned_hospital', false, array['registered_list', 'hospital_activity']),
        ('planned_hospital', true, array['clinical_indicators', 'hospital_activity']),
        ('general_practice', false, array['registered_list', 'gp_appointments']),
        ('community', false, array['registered_list', 'interventions']),
        ('prescribing', false, array['registered_list', 'prescribing']),
        ('programme_inputs', false, array['registered_list', 'programme_inputs']),
        (
            'total',
            false,
            array[
                'registered_list',
                'hospital_activity',
                'gp_appointments',
                'interventions',
                'prescribing',
                'programme_inputs'
            ]
        )
    )
{%- endmacro %}

{# The people whose cost is told: name, youngest age, first age that is too old, whether by frailty and not by age. Of
   the five-year bands; none divides at eighteen. #}
{% macro cost_cohorts() -%}
    (
        values
        ('all', 0, 999, false),
        ('0-19', 0, 20, false),
        ('20-64', 20, 65, false),
        ('65-74', 65, 75, false),
        ('75_plus', 75, 999, false),
        ('frail', 0, 999, true)
    )
{%- endmacro %}

{# Condition: the returns of service `s` tell the cohort `k`, by age or by frailty. #}
{% macro tells_cohort(s, k) -%} ({{ k }}.cohort = 'all' or {{ s }}.service like '%\_hospital') {%- endmacro %}

{# Condition: a figure stands beside the state of cell `c`. #}
{% macro stands(c) -%} {{ c }}.state in ('received', 'nil_return') {%- endmacro %}

{# Condition: the practices that cost `column` (0-100) speaks of are enough. As of the metrics CO01 and CO02. #}
{% macro cost_covers(column) -%} {{ column }} >= 75 {%- endmacro %}

{# Pounds as one says them. #}
{% macro plain_pounds(value) -%} to_char(round(({{ value }})::numeric), 'FM"£"999,999,999,990') {%- endmacro %}

{# What became of budget `b` (columns of fct_budget), in words: of the true figures, or of those that may be shown. #}
{% macro budget_sentence(b) -%}
    'A ' || {{ b }}.direction || ' of ' || {{ plain_number("abs(" ~ b ~ ".surplus_pct)", 2) }} || '% ('
    || {{ plain_pounds("abs(" ~ b ~ ".surplus_gbp)") }} || ' of ' || {{ plain_pounds(b ~ ".budget_gbp") }} || ') in '
    || {{ b }}.months_count || case {{ b }}.months_count when 1 then ' month: ' else ' months: ' end
    || case
        when {{ b }}.probability_by_chance is null then 'how far that is chance shows from three months on. '
        else
            'of 100 sites of this size whose true cost is on budget, '
            || case
                when {{ b }}.probability_by_chance < 0.005 then 'fewer than 1'
                else round(100 * {{ b }}.probability_by_chance::numeric)::text
            end
            || ' would show one as large by chance. '
    end
    || case
        when {{ b }}.excess_gbp = 0 then 'It is within the corridor, and nothing is shared.'
        else
            'The site ' || case when {{ b }}.direction = 'deficit' then 'bears ' else 'keeps ' end
            || {{ plain_pounds("abs(" ~ b ~ ".site_share_gbp)") }} || ', the commissioner '
            || {{ plain_pounds("abs(" ~ b ~ ".commissioner_share_gbp)") }} || '.'
    end
{%- endmacro %}

{# Which cohorts of cost `c` are shown together or not at all. #}
{% macro cost_kin(c) -%} case when {{ c }}.cohort in ('all', 'frail') then {{ c }}.cohort else 'age' end {%- endmacro %}

{# Condition: `column` is a month of this build or any after it, less `months_before`. For what reaches further than the
   months that a build makes (a year beside the year before): all that follows is made again. `start_anew` takes it out
   before. #}
{% macro from_first_month(column="period", months_before=0) -%}
    {%- set months = env_var("PCH_BUILD_WINDOW_MONTHS", "").split(",") | sort if execute else [""] -%}
    {%- if months[0] -%} {{ column }} >= '{{ months[0] }}'::date - interval '{{ months_before }} months'
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{% macro start_anew() -%}
    {% if is_incremental() -%} delete from {{ this }} where {{ from_first_month() }} {%- endif %}
{%- endmacro %}
