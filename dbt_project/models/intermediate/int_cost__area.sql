-- Grain: area (region, wave, programme) x period x service x cohort: the sums of the sites whose own cost stands, their
-- patients and their costs alike, and how many these are. Activity only where no site withholds some.
{{ config(months_var='window_months') }}
with site as (
    select
        j.*,
        t.registered_count,
        {{ stands('j') }} as is_standing,
        j.state not in ('not_due', 'not_applicable') as is_expected
    from {{ ref('int_cost__judged') }} as j
    left join {{ ref('int_site__traits') }} as t on j.site_code = t.site_code and j.period = t.period
    where {{ in_months('j.period', 'window_months') }}
)

select
    a.area_type,
    a.area_code,
    s.period,
    s.service,
    s.cohort,
    sum(s.activity_count) filter (where s.is_standing) as activity_count,
    sum(s.nominal_gbp) filter (where s.is_standing) as nominal_gbp,
    sum(s.real_gbp) filter (where s.is_standing) as real_gbp,
    sum(s.person_months) filter (where s.is_standing) as person_months,
    sum(s.need_weighted_person_months) filter (where s.is_standing) as need_weighted_person_months,
    bool_or(s.is_standing and s.activity_count is null) as lacks_activity,
    count(*) filter (where s.is_standing) as sites_count,
    count(*) filter (where s.is_expected) as sites_expected_count,
    coalesce(
        100 * sum(s.registered_count * s.coverage_pct / 100) filter (where s.is_standing)
        / nullif(sum(s.registered_count) filter (where s.is_expected), 0),
        0
    ) as coverage_pct,
    mode() within group (order by s.state) filter (where not s.is_standing) as usual_absence,
    mode() within group (order by s.reason) filter (where s.state = 'not_applicable') as usual_reason
from site as s
inner join {{ ref('int_site__area') }} as a on s.site_code = a.site_code
group by a.area_type, a.area_code, s.period, s.service, s.cohort
