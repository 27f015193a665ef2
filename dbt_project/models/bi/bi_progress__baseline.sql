-- Grain: metric x site that has a baseline, with what decides of it can be shown: the rules of site_result.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with held as (
    select distinct
        b.metric_code,
        b.site_code
    from {{ ref('fct_baseline') }} as b
    inner join {{ ref('fct_withheld') }} as w
        on
            (b.metric_code, b.site_code) = (w.metric_code, w.site_code)
            and w.period between b.first_period and b.last_period
),

baseline as (
    select
        b.metric_code,
        b.site_code,
        b.period_window,
        b.numerator,
        b.denominator,
        b.value,
        b.lower_95,
        b.upper_95,
        null::double precision as lower_998,
        null::double precision as upper_998,
        {{ disclosure_of('d') }},
        h.metric_code is not null as is_held
    from {{ ref('fct_baseline') }} as b
    inner join {{ ref('definition') }} as d
        on b.metric_code = d.metric_code and b.definition_version = d.definition_version
    left join held as h on b.metric_code = h.metric_code and b.site_code = h.site_code
)

select
    b.*,
    {{ decided('b', 'b.is_held', stays="b.is_standardised and b.period_window <> 'month'") }}
from baseline as b
