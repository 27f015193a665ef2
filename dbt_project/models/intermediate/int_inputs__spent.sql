-- Grain: site x period x origin_period (the month of the lines that corrections correct) x funding source x cost
-- category x life_months (null: not capital). The ledger added up. A table, made whole: what a correction means hangs
-- on lines of any month before, and a site's month has some ten rows.
{{ config(materialized='table', indexes=[]) }}
select
    site_code,
    period,
    origin_period,
    funding_source,
    cost_category,
    life_months,
    coalesce(sum(hours), 0)::double precision as hours,
    coalesce(sum(nominal_gbp), 0) as nominal_gbp,
    count(*) as lines_count,
    count(*) filter (where is_estimate) as estimates_count,
    count(*) filter (where is_not_valued) as not_valued_count,
    count(*) filter (where is_value_suppressed) as withheld_count,
    count(*) filter (where is_hours_suppressed) as hours_withheld_count,
    count(*) filter (where is_unknown_correction) as unknown_corrections_count
from {{ ref('int_inputs__valued') }}
group by site_code, period, origin_period, funding_source, cost_category, life_months
