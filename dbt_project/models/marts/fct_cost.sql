-- Grain: area (site, region, wave, programme) x period x service x cohort; every cell exists and is in one state. What
-- the patients of the month cost, by service. Age groups and frail people: of the hospitals only, whose returns tell
-- them. Areas: the sums of their sites whose own figure stands, their patients and their costs alike.
-- Activity is at national unit prices and moves with what was done; contacts that the inputs paid for are in the total
-- twice (docs/adr/0028).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'area_type', 'area_code', 'service', 'cohort'], 'unique': true}]
) }}
with cell as (
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
    from {{ ref('int_cost__area') }}
    where {{ in_months('period', 'window_months') }}
    union all
    select
        'site' as area_type,
        s.site_code as area_code,
        s.period,
        s.service,
        s.cohort,
        s.nominal_gbp,
        s.real_gbp,
        s.person_months,
        s.need_weighted_person_months,
        ({{ stands('s') }})::integer as sites_count,
        (s.state not in ('not_due', 'not_applicable'))::integer as sites_expected_count,
        s.coverage_pct,
        s.activity_count,
        s.state,
        s.reason
    from {{ ref('int_cost__judged') }} as s
    where {{ in_months('s.period', 'window_months') }}
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
    case when {{ stands('c') }} then l.least_activity_count end::double precision as least_activity_count,
    case when {{ stands('c') }} then c.nominal_gbp / c.person_months end::double precision
        as nominal_gbp_per_person_month,
    case when {{ stands('c') }} then c.real_gbp / c.person_months end::double precision as real_gbp_per_person_month,
    case when {{ stands('c') }} then c.real_gbp / nullif(c.need_weighted_person_months, 0) end::double precision
        as real_gbp_per_need_weighted_person_month
from cell as c
left join {{ ref('int_cost__least') }} as l
    on
        (c.area_type, c.area_code, c.period, c.service, c.cohort)
        = (l.area_type, l.area_code, l.period, l.service, l.cohort)
        and {{ in_months('l.period', 'window_months') }}
