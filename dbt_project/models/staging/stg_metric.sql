-- Grain: a metric of the defined set.
select
    metric_code,
    metric_name,
    aim,
    why,
    numerator_measure,
    denominator_measure,
    exclusions,
    feeds,
    unit,
    multiplier,
    polarity,
    method,
    period_windows,
    cohort,
    minimum_coverage_pct,
    source,
    source_read_date,
    author,
    checker,
    next_review_date,
    definition_version
from {{ source('ref', 'metric') }}
