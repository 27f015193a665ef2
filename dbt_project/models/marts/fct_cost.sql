-- Grain: area (site, region, wave, programme) x period x service x cohort; every cell exists and is in one state. What
-- the patients of the month cost, by service. Age groups and frail people: of the hospitals only, whose returns tell
-- them. Areas: the sums of their sites whose own figure stands, their patients and their costs alike.
-- Activity is at national unit prices and moves with what was done; contacts that the inputs paid for are in the total
-- twice (docs/adr/0028).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'area_type', 'area_code', 'service', 'cohort'], 'unique': true}]
) }}
with site as (
    select
        j.*,
        t.registered_count,
        {{ stands('j') }} as is_standing,
        j.state not in ('not_due', 'not_applicable') as is_expected
    from {{ ref('int_cost__judged') }} as j
    left join {{ ref('int_site__traits') }} as t on j.site_code = t.site_code and j.period = t.period
    where {{ in_months('j.period', 'window_months') }}
),

area as (
    select
        a.area_type,
        a.area_code,
        s.period,
        s.service,
        s.cohort,
        sum(s.activity_count) as activity_count,
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
),

cell as (
    select
        area_type,
        area_code,
        period,
        service,
        cohort,
        nominal_gbp,
        real_gbp,
        person_months,
        need_weighted_person_months,
        sites_count,
        sites_expected_count,
        coverage_pct,
        case when not lacks_activity then activity_count end as activity_count,
        case
            when sites_count = 0 then usual_absence
            when {{ cost_covers('coverage_pct') }} then 'received'
            else 'below_minimum'
        end as state,
        case
            when usual_absence = 'not_applicable' and sites_count = 0 then usual_reason
            when sites_count = 0 then 'no site contributes'
            when not {{ cost_covers('coverage_pct') }}
                then
                    sites_count || ' of ' || sites_expected_count || ' sites, with '
                    || round(coverage_pct::numeric, 1) || '% of registered patients'
        end as reason
    from area
    union all
    select
        'site' as area_type,
        site_code as area_code,
        period,
        service,
        cohort,
        nominal_gbp,
        real_gbp,
        person_months,
        need_weighted_person_months,
        is_standing::integer as sites_count,
        is_expected::integer as sites_expected_count,
        coverage_pct,
        activity_count,
        state,
        reason
    from site
)

select
    c.area_type::text as area_type,
    c.area_code::text as area_code,
    c.period::date as period,
    c.service::text as service,
    c.cohort::text as cohort,
    c.state::text as state,
    c.reason::text as reason,
    c.sites_count::integer as sites_count,
    c.sites_expected_count::integer as sites_expected_count,
    c.coverage_pct::double precision as coverage_pct,
    {% for sum in [
        'person_months', 'need_weighted_person_months', 'nominal_gbp', 'real_gbp', 'activity_count'
    ] -%}
        case when {{ stands('c') }} then c.{{ sum }} end::double precision as {{ sum }},
    {% endfor -%}
    case when {{ stands('c') }} then c.nominal_gbp / c.person_months end::double precision
        as nominal_gbp_per_person_month,
    case when {{ stands('c') }} then c.real_gbp / c.person_months end::double precision as real_gbp_per_person_month,
    case when {{ stands('c') }} then c.real_gbp / nullif(c.need_weighted_person_months, 0) end::double precision
        as real_gbp_per_need_weighted_person_month
from cell as c
