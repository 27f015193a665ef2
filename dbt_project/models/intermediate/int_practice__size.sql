-- Grain: site x practice x period, of lists received. What a practice weighs when coverage is reckoned.
{{ config(indexes=[{'columns': ['practice_code', 'period']}]) }}
select
    site_code,
    practice_code,
    period,
    sum(registered_count)::bigint as registered_count
from {{ ref('int_population__list') }}
where {{ in_months() }}
group by site_code, practice_code, period
