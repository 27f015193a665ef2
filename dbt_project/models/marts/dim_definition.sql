-- Grain: a version of a metric: from when on the published series takes it, and who agreed to the switch. A series
-- breaks at effective_from.
select
    metric_code::text as metric_code,
    definition_version::integer as definition_version,
    definition_id::text as definition_id,
    is_newest::boolean as is_newest,
    effective_from::date as effective_from,
    signed_by::text as signed_by,
    signed_on::date as signed_on,
    metric_name::text as metric_name,
    method::text as method,
    numerator_measure::text as numerator_measure,
    denominator_measure::text as denominator_measure,
    multiplier::double precision as multiplier,
    unit::text as unit,
    exclusions::text as exclusions,
    source::text as source,
    nullif(in_force_to, 'infinity')::date as effective_to
from {{ ref('stg_metric') }}
where variant is null
