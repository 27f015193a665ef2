-- Grain: site x practice x period x sex x age band x measure: every counted quantity, one below the other.
-- practice '' is the whole site. A measure of a new feed is a model of its own and a line here.
{{ config(materialized='view') }}
select
    site_code,
    practice_code,
    period,
    sex,
    age_band,
    'person_months' as measure_code,
    registered_count::double precision as quantity,
    suppressed_count
from {{ ref('int_population__list') }}
{% for topic in [
    'hospital',
    'appointments',
    'indicators',
    'prescribing',
    'workforce',
    'staff',
    'experience',
    'interventions',
    'inputs',
    'returns',
    'coverage',
    'need',
    'cost',
] %}
    union all
    select
        site_code,
        practice_code,
        period,
        sex,
        age_band,
        measure_code,
        quantity,
        suppressed_count
    from {{ ref('int_' ~ topic ~ '__measures') }}
{% endfor %}
