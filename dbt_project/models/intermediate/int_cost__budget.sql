-- Grain: site x period in which it takes part: the budget in force and what was spent, of the same practices. A site's
-- own budget goes before that of all. budget_gbp and actual_gbp: only where there is a budget and the whole cost is
-- known.
{{ config(months_var='window_months') }}
with in_force as (
    select distinct on (j.site_code, j.period)
        j.site_code,
        j.period,
        b.gbp_per_weighted_person_month,
        b.gain_share_pct,
        b.loss_share_pct,
        b.corridor_pct,
        b.cap_pct,
        b.collar_pct
    from {{ ref('int_cost__judged') }} as j
    inner join {{ ref('stg_budget') }} as b
        on
            (j.site_code = b.site_code or b.site_code is null)
            and j.period >= b.from_period
            and (b.effective_to is null or j.period < b.effective_to)
    where (j.service, j.cohort) = ('total', 'all') and {{ in_months('j.period', 'window_months') }}
    order by j.site_code asc, j.period asc, b.site_code asc nulls last, b.from_period desc
)

select
    j.site_code,
    j.period,
    j.state,
    j.reason,
    j.need_weighted_person_months,
    b.gbp_per_weighted_person_month,
    b.gain_share_pct,
    b.loss_share_pct,
    b.corridor_pct,
    b.cap_pct,
    b.collar_pct,
    k.has_both,
    case when k.has_both then b.gbp_per_weighted_person_month * j.need_weighted_person_months end as budget_gbp,
    case when k.has_both then j.nominal_gbp end as actual_gbp
from {{ ref('int_cost__judged') }} as j
left join in_force as b on (j.site_code, j.period) = (b.site_code, b.period)
cross join
    lateral (
        values (
            b.site_code is not null and {{ stands('j') }} and coalesce(j.need_weighted_person_months, 0) > 0
        )
    ) as k (has_both)
where (j.service, j.cohort) = ('total', 'all') and {{ in_months('j.period', 'window_months') }}
