-- Grain: version of a metric x area (programme, region, wave) x period x window x sex x age band. Sums over the sites
-- of the area whose own figure is covered well enough and lacks nothing withheld; sites_count says how many.
{{ config(months_var='window_months') }}
with withheld as (
    select
        definition_id,
        site_code,
        period,
        period_window
    from {{ ref('int_metric__window_strata') }}
    where suppressed_count > 0 and {{ in_months('period', 'window_months') }}
    group by definition_id, site_code, period, period_window
),

contributing as (
    select
        w.definition_id,
        w.site_code,
        w.period,
        w.period_window,
        a.area_type,
        a.area_code
    from {{ ref('int_metric__window') }} as w
    inner join {{ ref('stg_metric') }} as m on w.definition_id = m.definition_id
    inner join {{ ref('int_site__area') }} as a on w.site_code = a.site_code
    left join withheld as x
        on
            (w.definition_id, w.site_code, w.period, w.period_window)
            = (x.definition_id, x.site_code, x.period, x.period_window)
    where
        w.is_complete
        and x.site_code is null
        and (w.method = 'count_share' or (w.coverage_pct > 0 and w.coverage_pct >= m.minimum_coverage_pct))
        and {{ in_months('w.period', 'window_months') }}
)

select
    c.definition_id,
    c.area_type,
    c.area_code,
    c.period,
    c.period_window,
    s.sex,
    s.age_band,
    {{ terms_added_up('s') }},
    count(*) as sites_count
from contributing as c
inner join {{ ref('int_metric__window_strata') }} as s
    on
        (c.definition_id, c.site_code, c.period, c.period_window)
        = (s.definition_id, s.site_code, s.period, s.period_window)
where {{ in_months('s.period', 'window_months') }}
group by c.definition_id, c.area_type, c.area_code, c.period, c.period_window, s.sex, s.age_band
