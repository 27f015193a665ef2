-- Grain: figure (version of a metric x area x slice x period x window). Quotients of complete records: a staff list or
-- a list of returns is no sample, so these have no sampling interval.
{{ config(materialized='ephemeral') }}
select
    {{ figure_columns('s') }},
    coalesce(s.numerator, 0) as numerator,
    s.denominator,
    s.suppressed_count,
    case when s.denominator > 0 then m.multiplier * coalesce(s.numerator, 0) / s.denominator end as value,
    null::double precision as lower_95,
    null::double precision as upper_95,
    null::double precision as lower_998,
    null::double precision as upper_998,
    {{ nominal_value() }},
    case
        when
            s.method = 'count_share' and s.months_count < case s.period_window
                when 'r12' then 12
                when 'fytd' then 1 + (extract(month from s.period)::integer + 8) % 12
                else 1
            end
            then 'the windows of the last months are still open'
        when coalesce(s.denominator, 0) <= 0 then 'nothing to divide by'
    end as reason
from {{ ref('int_metric__cells') }} as s
inner join {{ ref('stg_metric') }} as m on s.definition_id = m.definition_id
where s.method in ('quotient', 'count_share')
