-- Grain: metric x site x month of which BI tools see no figure: its number is from 1 to 7 (whether or not the month is
-- published: it is part of longer windows), or it is the partner of such a month. One small number alone among the
-- sites of a region would be what the region's total leaves over; so the next smallest goes with it. Two small numbers
-- guard one another, unless both are 1 or both 7. Rules and reasons: docs/adr/0016.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code'], 'unique': true}]
) }}
with counted as (
    select
        definition_id,
        site_code,
        period,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(volume) as volume
    from {{ ref('int_metric__strata') }}
    where sex <> 'unknown' and age_band <> 'unknown' and {{ in_months('period', 'window_months') }}
    group by definition_id, site_code, period
),

small as (
    select
        m.metric_code,
        c.site_code,
        c.period,
        min(least(
            {% for term in ['numerator', 'denominator', 'volume'] -%}
                case
                    when stat.is_disclosive(c.{{ term }}, stat.measure_kind(m.{{ term }}_measure)) then c.{{ term }}
                end{{ ',' if not loop.last }}
            {% endfor -%}
        )) as quantity
    from counted as c
    inner join {{ ref('stg_metric') }} as m on c.definition_id = m.definition_id and m.variant is null
    group by m.metric_code, c.site_code, c.period
),

--  The sites of a region that make its total of the month, the small ones first
placed as (
    select
        v.metric_code,
        v.site_code,
        v.period,
        count(s.quantity) over region as small_count,
        min(s.quantity) over region as least_quantity,
        max(s.quantity) over region as most_quantity,
        row_number() over (
            partition by v.metric_code, v.period, r.region
            order by (s.quantity is null) asc, (v.numerator = 0) asc, v.numerator asc, v.site_code asc
        ) as place
    from {{ ref('fct_metric_value') }} as v
    inner join {{ ref('dim_site') }} as r on v.site_code = r.site_code
    left join small as s on (v.metric_code, v.site_code, v.period) = (s.metric_code, s.site_code, s.period)
    where
        v.period_window = 'month'
        and v.denominator is not null
        and {{ in_months('v.period', 'window_months') }}
    window region as (partition by v.metric_code, v.period, r.region)
)

select
    metric_code::text as metric_code,
    site_code::text as site_code,
    period::date as period,
    true::boolean as is_small
from small
where quantity is not null
union all
select
    metric_code::text as metric_code,
    site_code::text as site_code,
    period::date as period,
    false::boolean as is_small
from placed
where
    place = small_count + 1
    and (small_count = 1 or (small_count > 1 and (most_quantity < 2 or least_quantity >= 7)))
