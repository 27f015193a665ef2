-- Grain: an outcome of the evaluation: events of a population, of the practices whose data are in the newest version of
-- a metric, or of its variant.
{{ config(materialized='ephemeral') }}
select
    o.outcome,
    o.outcome_order,
    o.title,
    o.metric_code,
    o.variant,
    o.events_measure,
    o.population_measure,
    o.is_standardised,
    o.is_money,
    o.is_placebo,
    m.definition_id,
    m.minimum_coverage_pct
from {{ source('ref', 'outcome') }} as o
inner join {{ ref('stg_metric') }} as m
    on m.is_newest and o.metric_code = m.metric_code and o.variant is not distinct from m.variant
