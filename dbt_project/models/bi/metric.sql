-- Grain: a metric of the defined set, by its newest version.
select
    m.metric_code::text as metric_code,
    m.metric_name::text as metric_name,
    m.aim::text as aim,
    m.why::text as why,
    m.cohort::text as cohort,
    m.exclusions::text as exclusions,
    m.source::text as source,
    m.definition_version::integer as definition_version,
    m.next_review_date::date as next_review_date,
    m.is_review_overdue::boolean as is_review_overdue,
    m.worthwhile_change_pct::double precision as worthwhile_change_pct,
    {{ progress_window('m') }}::text as main_window,
    replace(m.polarity, '_', ' ')::text as direction,
    trim(case when m.unit like 'gbp%' then 'pounds' else '' end || {{ plain_unit('m.unit') }})::text as unit,
    case m.method
        when 'dsr' then 'rate, directly standardised for age and sex'
        when 'dsr_repeat' then 'rate, directly standardised for age and sex, of events that repeat'
        when 'indirect_rate' then 'rate, indirectly standardised'
        when 'crude_rate' then 'crude rate'
        when 'mean' then 'mean'
        when 'ratio' then 'ratio of sums'
        when 'quotient' then 'quotient of complete records'
        when 'count_share' then 'share of a complete count'
        else m.method
    end::text as method
from {{ ref('dim_metric') }} as m
