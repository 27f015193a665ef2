-- Grain: version of a metric x site x period x window x sex x age band. The strata summed over the window.
{{ config(months_var='window_months', indexes=[{'columns': ['period', 'site_code', 'definition_id']}]) }}
select
    w.definition_id,
    w.site_code,
    w.period,
    w.period_window,
    s.sex,
    s.age_band,
    {{ terms_added_up('s') }},
    sum(s.suppressed_count)::bigint as suppressed_count,
    count(s.denominator) as months_count
from {{ ref('int_metric__window') }} as w
inner join {{ ref('int_metric__strata') }} as s
    on (s.definition_id, s.site_code) = (w.definition_id, w.site_code) and s.period between w.first_period and w.period
where w.is_complete and {{ in_months('w.period', 'window_months') }} and {{ in_reach('s.period') }}
group by w.definition_id, w.site_code, w.period, w.period_window, s.sex, s.age_band
