-- Grain: site x period. What may be shown of mart.fct_budget: money to three digits, and nothing where a month of the
-- year to date is withheld (cost).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    meta={'own_site': 'site_code'},
    indexes=[{'columns': ['period', 'site_code'], 'unique': true}, {'columns': ['site_code', 'period']}]
) }}
with withheld as (
    select distinct
        b.site_code,
        b.period
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('cost') }} as m
        on
            b.site_code = m.area_code
            and (m.area_type, m.service, m.cohort) = ('site', 'total', 'all')
            and {{ financial_year_start('b.period') }} = {{ financial_year_start('m.period') }}
            and b.period >= m.period
            and m.is_withheld
    where {{ in_months('b.period', 'window_months') }}
),

cell as (
    select
        b.*,
        case when b.surplus_gbp < 0 then 'deficit' else 'surplus' end as direction,
        w.site_code is not null as is_withheld
    from {{ ref('fct_budget') }} as b
    left join withheld as w on b.site_code = w.site_code and b.period = w.period
    where {{ in_months('b.period', 'window_months') }}
),

shown as (
    select
        site_code,
        period,
        months_count,
        months_expected_count,
        direction,
        sentence,
        is_withheld,
        gbp_per_weighted_person_month,
        case when is_withheld then 'suppressed' else state end as state,
        case when is_withheld then {{ reason_window() }} else reason end as state_reason,
        case when not is_withheld then stat.disclosed_count(need_weighted_person_months) end
            as need_weighted_person_months,
        case when not is_withheld then stat.significant(probability_by_chance, 2) end as probability_by_chance,
    {% for figure in [
        'budget_gbp', 'actual_gbp', 'surplus_gbp', 'surplus_pct', 'excess_gbp', 'site_share_gbp',
        'commissioner_share_gbp', 'sd_gbp', 'detectable_pct'
    ] -%}
        case when not is_withheld then stat.significant({{ figure }}, 3) end as {{ figure }}{{ ',' if not loop.last }}
    {% endfor -%}
    from cell
)

select
    s.site_code::text as site_code,
    s.period::date as period,
    s.state::text as state,
    s.state_reason::text as state_reason,
    s.is_withheld::boolean as is_withheld,
    s.months_count::integer as months_count,
    s.months_expected_count::integer as months_expected_count,
    s.gbp_per_weighted_person_month::double precision as gbp_per_weighted_person_month,
    s.need_weighted_person_months::double precision as need_weighted_person_months,
    {% for figure in [
        'budget_gbp', 'actual_gbp', 'surplus_gbp', 'surplus_pct', 'excess_gbp', 'site_share_gbp',
        'commissioner_share_gbp', 'sd_gbp', 'probability_by_chance', 'detectable_pct'
    ] -%}
        s.{{ figure }}::double precision as {{ figure }},
    {% endfor -%}
    case
        when s.is_withheld then 'It is not shown: ' || {{ reason_window() }} || '.'
        when s.months_count > 0 then {{ budget_sentence('s') }}
        else s.sentence
    end::text as sentence
from shown as s
