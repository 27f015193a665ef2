-- Grain: a version of a metric: what is divided by what, from when on, and how its figures are shown in this schema.
with definition as (
    select
        *,
        stat.measure_kind(numerator_measure) as numerator_counts,
        stat.measure_kind(denominator_measure) as denominator_counts
    from {{ ref('dim_definition') }}
)

select
    metric_code::text as metric_code,
    definition_version::integer as definition_version,
    is_newest::boolean as is_newest,
    effective_from::date as effective_from,
    effective_to::date as effective_to,
    signed_by::text as signed_by,
    signed_on::date as signed_on,
    method::text as method,
    numerator_measure::text as numerator_measure,
    denominator_measure::text as denominator_measure,
    multiplier::double precision as multiplier,
    numerator_counts::text as numerator_counts,
    denominator_counts::text as denominator_counts,
    ({{ is_standardised('method') }})::boolean as is_standardised,
    case
        when numerator_counts = 'returns' then 'as counted'
        when
            method in ('crude_rate', 'proportion', 'count_share')
            and numerator_counts = 'people'
            and denominator_counts = 'people'
            then 'from rounded counts'
        else 'to three digits'
    end::text as shown_as
from definition
