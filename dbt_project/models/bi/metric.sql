-- Grain: a metric of the defined set, by its newest version.
select
    metric_code::text as metric_code,
    metric_name::text as metric_name,
    aim::text as aim,
    why::text as why,
    cohort::text as cohort,
    exclusions::text as exclusions,
    source::text as source,
    definition_version::integer as definition_version,
    next_review_date::date as next_review_date,
    is_review_overdue::boolean as is_review_overdue,
    worthwhile_change_pct::double precision as worthwhile_change_pct,
    {{ progress_window('m') }}::text as main_window,
    replace(polarity, '_', ' ')::text as direction,
    trim(case when unit like 'gbp%' then 'pounds' else '' end || {{ plain_unit('unit') }})::text as unit,
    case method
        when 'dsr' then 'rate, directly standardised for age and sex'
        when 'dsr_repeat' then 'rate, directly standardised for age and sex, of events that repeat'
        when 'indirect_rate' then 'rate, indirectly standardised'
        when 'crude_rate' then 'crude rate'
        when 'mean' then 'mean'
        when 'ratio' then 'ratio of sums'
        when 'quotient' then 'quotient of complete records'
        when 'count_share' then 'share of a complete count'
        else method
    end::text as method
from {{ ref('dim_metric') }} as m
