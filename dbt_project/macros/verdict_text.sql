{# One sentence for a manager of a practice: the verdict on row `j` of the comparison with its figures, or why there is
   none; `main_part`: of the change, what is not performance. #}
{% macro verdict_text(j, main_part, performance) -%}
{%- set change, low, high = j ~ ".like_for_like_change", j ~ ".like_for_like_lower_95", j ~ ".like_for_like_upper_95" %}
{%- set now = plain_window(j ~ ".period_window", j ~ ".period") -%}
{%- set then = plain_window(j ~ ".period_window", j ~ ".baseline_last_period") -%}
{%- set one_window = "case " ~ j ~ ".period_window when 'r12' then interval '1 year' else interval '1 month' end" -%}
{{ j }}.metric_name || ': ' || replace({{ j }}.verdict, '_', ' ') || case
    when {{ j }}.state = 'not_due'
        then ', no figure is due for ' || {{ now }} || coalesce(' (' || {{ j }}.state_reason || ')', '')
    when {{ j }}.value is null
        then
            ', there is no figure for ' || {{ now }} || ' ('
            || coalesce({{ j }}.state_reason, replace({{ j }}.state, '_', ' ')) || ')'
    when {{ j }}.baseline_value is null then ', there is no settled baseline yet'
    when {{ j }}.verdict = 'too_early'
        then
            ', figures can be held against the baseline (' || {{ then }} || ') from '
            || {{ plain_window(j ~ ".period_window", "(" ~ j ~ ".baseline_last_period + " ~ one_window ~ ")") }} || ' on'
    when {{ change }} is null then ', the definition has changed and cannot make the baseline anew'
    when {{ j }}.verdict = 'cannot_say' then ', too little is known of how far chance moves the figure'
    else
        ', ' || {{ plain_figure(j ~ ".value", j ~ ".unit") }} || {{ plain_unit(j ~ ".unit") }} || ' in ' || {{ now }} || ', '
        || case
            when abs({{ change }}) <= 1e-9 * abs({{ j }}.value) then 'the same as'
            else
                coalesce({{ plain_number("abs(100 * " ~ change ~ " / nullif(" ~ j ~ ".comparable_value, 0))") }} || '% ', '')
                || case when {{ change }} < 0 then 'lower than' else 'higher than' end
        end
        || ' the baseline of ' || {{ plain_figure(j ~ ".comparable_value", j ~ ".unit") }} || ' (' || {{ then }}
        || case when {{ j }}.definition_version <> {{ j }}.baseline_version then ', by the present definition' else '' end
        || ')'
        || case
            when {{ j }}.verdict <> 'no_detectable_change' and {{ j }}.is_complete_count then ''
            when {{ j }}.verdict <> 'no_detectable_change'
                then
                    ', more than chance makes (95% interval: '
                    || {{ plain_figure("least(abs(" ~ low ~ "), abs(" ~ high ~ "))", j ~ ".unit") }} || ' to '
                    || {{ plain_figure("greatest(abs(" ~ low ~ "), abs(" ~ high ~ "))", j ~ ".unit") }}
                    || case when {{ change }} < 0 then ' lower)' else ' higher)' end
            when {{ j }}.is_complete_count then '; less than ' || {{ j }}.worthwhile_change_pct || '% counts as none'
            else
                coalesce(
                    '; here, a change of less than about '
                    || {{ plain_number(j ~ ".minimum_detectable_change_pct_50", 2) }} || '% can hardly be told from chance',
                    ''
                )
        end
        || case
            when {{ j }}.verdict = 'no_detectable_change' or {{ performance }} / nullif({{ change }}, 0) >= 0.5 then ''
            else
                coalesce(
                    '; most of it is due to ' || case {{ main_part }}
                        when 'roster' then 'practices that came or went'
                        when 'coverage' then 'data that are absent or were restated'
                        when 'mix' then 'some practices weighing more than before'
                        when 'price' then 'prices'
                    end || ', not to what the same practices did',
                    ''
                )
        end
        || case {{ j }}.verdict when 'changed' then '; neither direction is better in itself' else '' end
end || '.'
{%- endmacro %}
