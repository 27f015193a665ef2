-- Grain: version of a metric in force x area (programme, region, wave) x period x window: every cell that must exist,
-- in one state. The figure of the sites that contribute (their data are covered well enough and withhold nothing),
-- made from their sums and not from their figures. Who is still awaited shows in the counts and in coverage_pct, the
-- share of the patients of all sites expected; too little of it gives no value.
{{ config(months_var='window_months') }}
with site as (
    select
        j.*,
        t.registered_count,
        j.denominator is not null as is_contributing,
        j.state not in ('not_due', 'not_applicable') as is_expected
    from {{ ref('int_metric__judged') }} as j
    left join {{ ref('int_site__traits') }} as t on j.site_code = t.site_code and j.period = t.period
    where j.is_in_force and {{ in_months('j.period', 'window_months') }}
),

area as (
    select
        s.definition_id,
        s.metric_code,
        s.definition_version,
        a.area_type,
        a.area_code,
        s.period,
        s.period_window,
        count(*) filter (where s.is_contributing) as sites_count,
        count(*) filter (where s.is_expected) as sites_expected_count,
        coalesce(
            100 * sum(s.registered_count * s.coverage_pct / 100) filter (where s.is_contributing)
            / nullif(sum(s.registered_count) filter (where s.is_expected), 0),
            0
        ) as coverage_pct,
        mode() within group (order by s.state) filter (where not s.is_contributing) as usual_absence
    from site as s
    inner join {{ ref('int_site__area') }} as a on s.site_code = a.site_code
    group by s.definition_id, s.metric_code, s.definition_version, a.area_type, a.area_code, s.period, s.period_window
),

judged as (
    select
        a.*,
        f.numerator,
        f.denominator,
        f.value,
        f.lower_95,
        f.upper_95,
        f.lower_998,
        f.upper_998,
        f.nominal_value,
        case
            when a.sites_count = 0 then a.usual_absence
            when m.method <> 'count_share' and a.coverage_pct < m.minimum_coverage_pct then 'below_minimum'
            when f.value is null and m.method in ('dsr', 'dsr_repeat', 'crude_rate') then 'below_minimum'
            when f.value is null then 'not_applicable'
            else 'received'
        end as state,
        case
            when m.method <> 'count_share' and a.sites_count > 0 and a.coverage_pct < m.minimum_coverage_pct
                then
                    a.sites_count || ' of ' || a.sites_expected_count || ' sites, with '
                    || round(a.coverage_pct::numeric, 1) || '% of registered patients'
            when a.sites_count = 0 then 'no site contributes'
            else f.reason
        end as state_reason,
        m.method = 'count_share' or a.coverage_pct >= m.minimum_coverage_pct as is_covered
    from area as a
    inner join {{ ref('stg_metric') }} as m on a.definition_id = m.definition_id
    left join {{ ref('int_metric__figure') }} as f
        on
            (a.definition_id, a.area_type, a.area_code, a.period, a.period_window)
            = (f.definition_id, f.area_type, f.area_code, f.period, f.period_window)
            and f.slice_type = 'all'
            and {{ in_months('f.period', 'window_months') }}
)

select
    definition_id,
    metric_code,
    definition_version,
    area_type,
    area_code,
    period,
    period_window,
    state,
    state_reason,
    sites_count,
    sites_expected_count,
    coverage_pct,
    {% for count in ['numerator', 'denominator'] -%}
        case when is_covered and sites_count > 0 then {{ count }} end as {{ count }},
    {% endfor -%}
{% for figure in ['value', 'lower_95', 'upper_95', 'lower_998', 'upper_998', 'nominal_value'] -%}
    case when state = 'received' then {{ figure }} end as {{ figure }}{{ ',' if not loop.last }}
{% endfor -%}
from judged
