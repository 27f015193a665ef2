-- Grain: a metric of the defined set, as declared in the registry.
select
    metric_code::text as metric_code,
    metric_name::text as metric_name,
    aim::text as aim,
    why::text as why,
    numerator_measure::text as numerator_measure,
    denominator_measure::text as denominator_measure,
    exclusions::text as exclusions,
    feeds::text[] as feeds,
    unit::text as unit,
    multiplier::double precision as multiplier,
    polarity::text as polarity,
    method::text as method,
    period_windows::text[] as period_windows,
    cohort::text as cohort,
    minimum_coverage_pct::double precision as minimum_coverage_pct,
    source::text as source,
    source_read_date::date as source_read_date,
    author::text as author,
    checker::text as checker,
    next_review_date::date as next_review_date,
    definition_version::integer as definition_version
from {{ ref('stg_metric') }}
