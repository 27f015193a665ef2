-- Grain: site x practice x period x measure. Groups of medicines are patterns of BNF codes (stg_bnf_group), looked
-- up once a presentation and not once a row. Antibiotics by any route: a BNF code does not tell it. NIC is the list
-- price; cost is what is paid, after discount and with container allowance.
with met as (
    select distinct bnf_code
    from {{ ref('stg_prescribing') }}
    where {{ in_months() }}
),

presentation as (
    select
        p.bnf_code,
        array_agg(g.bnf_group) as bnf_groups
    from met as p
    cross join
        lateral (
            select b.bnf_group
            from {{ ref('stg_bnf_group') }} as b
            where p.bnf_code like b.code_pattern
            group by b.bnf_group
            having not bool_or(b.is_excluded)
        ) as g
    group by p.bnf_code
),

item as (
    select
        r.site_code,
        r.practice_code,
        r.period,
        r.items_count,
        r.nic_gbp,
        r.actual_cost_gbp,
        r.is_items_count_suppressed,
        r.is_nic_gbp_suppressed,
        r.is_actual_cost_gbp_suppressed,
        p.bnf_groups
    from {{ ref('stg_prescribing') }} as r
    left join presentation as p on r.bnf_code = p.bnf_code
)

{{ measures_of(
    'item',
    measures=[
        ['prescription_items', 'items_count'],
        ['prescribing_nic_nominal_gbp', 'nic_gbp'],
        ['prescribing_cost_nominal_gbp', 'actual_cost_gbp'],
        ['low_priority_items', 'items_count', "'low_priority' = any(bnf_groups)"],
        ['low_priority_cost_nominal_gbp', 'actual_cost_gbp', "'low_priority' = any(bnf_groups)"],
        ['antibiotic_items', 'items_count', "'antibiotic' = any(bnf_groups)"],
        ['broad_spectrum_antibiotic_items', 'items_count', "'broad_spectrum_antibiotic' = any(bnf_groups)"],
    ]
) }}
