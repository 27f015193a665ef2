-- Grain: site x period of the site's part in the programme. Whether the ledger of the month can be relied on: it is
-- there (a nil return is one), and every line of it has a value. Without that there is no cost figure of the month. A
-- correction that names no known line is counted at its own amount, and said.
with ledger as (
    select
        site_code,
        period,
        sum(lines_count) as lines_count,
        sum(estimates_count) as estimates_count,
        sum(not_valued_count) as not_valued_count,
        sum(withheld_count) as withheld_count,
        sum(unknown_corrections_count) as unknown_corrections_count
    from {{ ref('int_inputs__charged') }}
    group by site_code, period
),

judged as (
    select
        r.site_code,
        r.period,
        r.state as return_state,
        r.is_due,
        coalesce(l.lines_count, 0) as lines_count,
        coalesce(l.not_valued_count, 0) as not_valued_count,
        coalesce(l.withheld_count, 0) as withheld_count,
        coalesce(l.unknown_corrections_count, 0) as unknown_corrections_count,
        100.0 * l.estimates_count / nullif(l.lines_count, 0) as estimate_share_pct,
        r.state in ('received', 'nil_return')
        and coalesce(l.not_valued_count, 0) = 0
        and coalesce(l.withheld_count, 0) = 0 as is_complete
    from {{ ref('int_return__state') }} as r
    left join ledger as l on (r.site_code, r.period) = (l.site_code, l.period)
    where r.feed = 'programme_inputs'
)

select
    site_code::text as site_code,
    period::date as period,
    return_state::text as return_state,
    lines_count::integer as lines_count,
    not_valued_count::integer as not_valued_count,
    withheld_count::integer as withheld_count,
    unknown_corrections_count::integer as unknown_corrections_count,
    estimate_share_pct::double precision as estimate_share_pct,
    is_complete::boolean as is_complete,
    case
        when is_complete then null
        when return_state = 'not_due'
            then 'The ledger of ' || to_char(period, 'FMMonth YYYY') || ' is not due yet.'
        when return_state not in ('received', 'nil_return')
            then
                'There is no ledger of ' || to_char(period, 'FMMonth YYYY') || ' in use ('
                || replace(return_state, '_', ' ') || '): push one, or a nil return if nothing was put in.'
        else
            'The ledger of ' || to_char(period, 'FMMonth YYYY') || ' has '
            || concat_ws(
                ' and ',
                {{ counted('not_valued_count', 'line', 'with neither an amount nor hours that have a price') }},
                {{ counted('withheld_count', 'line', 'whose value is withheld') }}
            )
            || ': complete them and push the ledger again.'
    end::text as reason,
    (count(*) filter (where is_complete) over so_far)::integer as complete_months_count,
    (count(*) filter (where is_due or is_complete) over so_far)::integer as months_count
from judged
window so_far as (partition by site_code order by period)
