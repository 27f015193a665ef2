-- Grain: figure (version of a metric x area x slice x period x window): what every method makes, one below the other.
{{ config(months_var='window_months', indexes=[{'columns': ['period', 'area_type']}]) }}
{% for method in ['dsr', 'indirect_rate', 'crude_rate', 'proportion', 'mean', 'ratio', 'quotient'] %}
    select
        {{ figure_columns('f') }},
        f.numerator,
        f.denominator,
        f.suppressed_count,
        f.value,
        f.lower_95,
        f.upper_95,
        f.lower_998,
        f.upper_998,
        f.nominal_value,
        f.reason
    from {{ ref('int_metric__' ~ method) }} as f
    {% if not loop.last %} union all {% endif %}
{% endfor %}
