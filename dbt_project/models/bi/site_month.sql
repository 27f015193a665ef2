-- Grain: site x period: what a site was like: its patients, and how far the model of care was in place.
{{ config(
    meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'site_code'], 'unique': true}, {'columns': ['site_code', 'period']}]
) }}
select
    m.site_code::text as site_code,
    m.period::date as period,
    t.months_since_start_count::integer as months_since_start_count,
    m.characteristics_in_place_count::integer as characteristics_in_place_count,
    m.characteristics_partly_count::integer as characteristics_partly_count,
    m.characteristics_recorded_count::integer as characteristics_recorded_count,
    stat.disclosed_count(t.registered_count)::double precision as registered_count,
    stat.significant(t.aged_65_plus_pct, 3)::double precision as aged_65_plus_pct,
    stat.significant(t.deprived_pct, 3)::double precision as deprived_pct
from {{ ref('fct_model_in_place') }} as m
left join {{ ref('fct_site_trait') }} as t on m.site_code = t.site_code and m.period = t.period
