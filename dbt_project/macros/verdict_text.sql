{# One sentence for a manager of a practice: the verdict on row `j` of the comparison with its figures, or why there is
   none. #}
{% macro verdict_text(j) -%}
{%- set change, low, high = j ~ ".like_for_like_change", j ~ ".like_for_like_lower_95", j ~ ".like_for_like_upper_95" %}
{%- set now = plain_window(j ~ ".period_window", j ~ ".period") -%}
{%- set then = plain_window(j ~ ".period_window", j ~ ".baseline_last_period") -%}
{{ j }}.metric_name || case {{ j }}.verdict
    when 'improved' then ' improved: '
    when 'worsened' then ' got worse: '
    when 'changed' then ' changed: '
    when 'no_detectable_change' then ': no detectable change, '
    when 'too_early' then ': too early to tell, '
    else ': cannot say, '
end || case
    when {{ j }}.verdict = 'too_early' and {{ j }}.state = 'not_due' then {{ j }}.state_reason
    when {{ j }}.verdict = 'too_early'
        then
            {{ now }} {{ "|| ' are not clear of the baseline ('" }} || {{ then }} || '); the first comparison is that of '
            || {{ plain_window(
                j ~ ".period_window",
                "(" ~ j ~ ".baseline_last_period + case " ~ j ~ ".period_window when 'r12' then interval '1 year' "
                ~ "else interval '1 month' end)"
            ) }}
    when {{ j }}.value is null
        then
            'because there is no figure for ' || {{ now }} || ' ('
            || coalesce({{ j }}.state_reason, replace({{ j }}.state, '_', ' ')) || ')'
    when {{ j }}.baseline_value is null then 'because there is no settled baseline yet'
    when {{ change }} is null
        then 'because the definition has changed and the baseline cannot be made by the new one'
    when {{ j }}.verdict = 'cannot_say' then 'because it is not known how far the figure is due to chance'
    else
        {{ plain_figure(j ~ ".value", j ~ ".unit") }} || ' in ' || {{ now }} || ', '
        || case
            when {{ change }} = 0 then 'the same as'
            else
                case
                    when {{ j }}.comparable_value <> 0
                        then {{ plain_number("abs(100 * " ~ change ~ " / " ~ j ~ ".comparable_value)") }} || '% '
                    else ''
                end || case when {{ change }} < 0 then 'lower than' else 'higher than' end
        end
        || ' the baseline of ' || {{ plain_number(j ~ ".comparable_value") }} || ' ('
        || {{ then }}
        || case when {{ j }}.definition_version <> {{ j }}.baseline_version then ', by the present definition' else '' end
        || ')'
        || case
            when {{ j }}.is_complete_count and {{ j }}.verdict = 'no_detectable_change'
                then '; less than ' || {{ plain_number(j ~ ".worthwhile_change_pct") }} || '% counts as none'
            when {{ j }}.is_complete_count then ''
            when {{ j }}.verdict = 'no_detectable_change'
                then
                    '; chance alone makes as much, and a change of less than about '
                    || {{ plain_number(j ~ ".minimum_detectable_change_pct_50") }} || '% would hardly show here'
            else
                '; that is more than chance makes (95% interval: '
                || case
                    when {{ change }} < 0
                        then {{ plain_number("abs(" ~ high ~ ")") }} || ' to ' || {{ plain_number("abs(" ~ low ~ ")") }} || ' lower'
                    else {{ plain_number(low) }} || ' to ' || {{ plain_number(high) }} || ' higher'
                end || ')'
        end
        || case {{ j }}.verdict when 'changed' then '; neither direction is better in itself' else '' end
end || '.'
{%- endmacro %}
