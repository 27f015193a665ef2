-- Grain: metric x site x period that is compared with its baseline x part of the change. Parts sum to
-- fct_progress.change.
--     definition   the baseline's months by the version in force less the same by the baseline's own version, both of
--                  the data as they are now
--     coverage     restatement (the baseline's months as they are now less as frozen) + practices of the site that are
--                  included in one window only, or in a part of it
--     roster       practices that were members in one window only, or in a part of it
--     mix          of the common practices, the larger ones' weight: sum of (s1 - s0) (r0 + r1) / 2. Standardised
--                  metrics: 0, what matters of it is age and sex, which standardisation takes out
--     price        metrics with a volume: the common practices' volume rate x what a unit costs more
--     performance  the rest: people of the same practices using more or less
-- Crude effects (int_progress__effect) times value / crude quotient of their window: exact for what is not
-- standardised, and like the sensitivity band for what is (docs/adr/0012, 0014).
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'metric_code', 'site_code']}]
) }}
with scaled as (
    select
        e.*,
        c.definition_change,
        c.value - c.baseline_value as change,
        c.restated_value - c.baseline_value - c.definition_change as restatement,
        coalesce(c.restated_value / nullif(e.q0, 0), m.multiplier) as scale0,
        coalesce(c.value / nullif(e.q1, 0), m.multiplier) as scale1,
        case when {{ is_standardised('m.method') }} then 0 else m.multiplier end as mix_scale,
        case when m.volume_measure is not null then m.multiplier * coalesce(e.price, 0) end as price_change
    from {{ ref('int_progress__effect') }} as e
    inner join {{ ref('int_progress__compared') }} as c
        on (e.metric_code, e.site_code, e.period) = (c.metric_code, c.site_code, c.period)
    inner join {{ ref('stg_metric') }} as m on e.definition_id = m.definition_id
    where {{ in_months('e.period', 'window_months') }} and {{ in_months('c.period', 'window_months') }}
),

named as (
    select
        metric_code,
        site_code,
        period,
        change,
        definition_change as definition,
        price_change as price,
        restatement + scale1 * coverage1 - scale0 * coverage0 as coverage,
        scale1 * roster1 - scale0 * roster0 as roster,
        mix_scale * mix as mix
    from scaled
)

select
    n.metric_code::text as metric_code,
    n.site_code::text as site_code,
    n.period::date as period,
    p.part::text as part,
    p.amount::double precision as amount
from named as n
cross join
    lateral (
        values
        ('performance', n.change - n.definition - n.coverage - n.roster - n.mix - coalesce(n.price, 0)),
        ('roster', n.roster),
        ('mix', n.mix),
        ('price', n.price),
        ('coverage', n.coverage),
        ('definition', n.definition)
    ) as p (part, amount)
where p.amount is not null
