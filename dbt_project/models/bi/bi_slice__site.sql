-- Grain: metric x site x period x kind of slice x variant (''): sites whose slices are withheld. Age groups all or
-- none, each variant by itself. Because one is small, because the site's own counts are withheld, or as the partner
-- of a site that would else be alone in its region.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with site as (
    select
        v.metric_code,
        v.area_code as site_code,
        v.period,
        v.slice_type,
        {{ variant_of('v') }} as variant,
        s.region,
        bool_or(
            stat.is_disclosive(v.numerator, d.numerator_counts)
            or stat.is_disclosive(v.denominator, d.denominator_counts)
        )
        or bool_or(r.is_withheld) as is_small,
        min(nullif(v.numerator, 0)) as least_number
    from {{ ref('fct_metric_slice') }} as v
    inner join {{ ref('dim_site') }} as s on v.area_type = 'site' and v.area_code = s.site_code
    inner join {{ ref('definition') }} as d
        on v.metric_code = d.metric_code and v.definition_version = d.definition_version
    inner join {{ ref('site_result') }} as r
        on
            r.is_main_window
            and (v.metric_code, v.area_code, v.period, v.period_window)
            = (r.metric_code, r.site_code, r.period, r.period_window)
            and {{ in_months('r.period', 'window_months') }}
    where {{ in_months('v.period', 'window_months') }}
    group by v.metric_code, v.area_code, v.period, v.slice_type, {{ variant_of('v') }}, s.region
),

placed as (
    select
        *,
        count(*) filter (where is_small) over together as small_count,
        row_number() over (
            partition by metric_code, period, slice_type, variant, region
            order by is_small desc, least_number asc nulls last, site_code asc
        ) as place
    from site
    window together as (partition by metric_code, period, slice_type, variant, region)
)

select
    metric_code,
    site_code,
    period,
    slice_type,
    variant
from placed
where is_small or (small_count = 1 and place = 2)
