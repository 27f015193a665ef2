-- Grain: version of a metric x site x window x practice, of the windows that this build compares: a figure's and its
-- baseline's. The practice's terms over the window, of the data as they are now; included_months: months in them;
-- member_months: months it belonged to the site while the metric was due. Every build makes it anew, for its months.
{{ config(materialized='table', indexes=[]) }}
with compared as (
    select
        definition_id,
        site_code,
        first_period,
        period,
        baseline_first_period,
        baseline_last_period
    from {{ ref('int_progress__compared') }}
    where like_for_like_change is not null and restated_value is not null and {{ in_months('period', 'window_months') }}
),

span as (
    select
        definition_id,
        site_code,
        first_period,
        period as last_period
    from compared
    union distinct
    select
        definition_id,
        site_code,
        baseline_first_period as first_period,
        baseline_last_period as last_period
    from compared
)

select
    w.definition_id,
    w.site_code,
    w.first_period,
    w.last_period,
    i.practice_code,
    sum(p.numerator) as numerator,
    sum(p.denominator) as denominator,
    sum(p.volume) as volume,
    count(p.denominator) as included_months,
    count(*) as member_months
from span as w
inner join {{ ref('int_metric__inclusion') }} as i
    on
        (w.definition_id, w.site_code) = (i.definition_id, i.site_code)
        and i.period between w.first_period and w.last_period
left join {{ ref('int_metric__practice') }} as p
    on
        (i.definition_id, i.site_code, i.practice_code, i.period)
        = (p.definition_id, p.site_code, p.practice_code, p.period)
group by w.definition_id, w.site_code, w.first_period, w.last_period, i.practice_code
