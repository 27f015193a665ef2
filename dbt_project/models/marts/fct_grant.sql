-- Grain: site x funding source of cash that has an award or spending. What was awarded, and what the ledger says was
-- spent of it: lines of the source in the months of its awards, a correction counting with the line it corrects. What
-- was spent in other months stands apart, so that the two sums are all that was spent of the source. Nominal pounds.
-- Whole.
with award as (
    select
        site_code,
        funding_source,
        count(*) as awards_count,
        sum(amount_gbp)::double precision as awarded_gbp,
        min(first_period) as first_period,
        max(last_period) as last_period,
        range_agg(daterange(first_period, last_period, '[]')) as months
    from {{ ref('stg_grant_award') }}
    group by site_code, funding_source
),

spending as (
    select
        s.site_code,
        s.funding_source,
        sum(s.nominal_gbp) filter (where a.months @> s.origin_period) as within_gbp,
        sum(s.nominal_gbp) as total_gbp
    from {{ ref('int_inputs__spent') }} as s
    left join award as a on (s.site_code, s.funding_source) = (a.site_code, a.funding_source)
    where s.funding_source <> 'in_kind'
    group by s.site_code, s.funding_source
),

lacking as (
    select
        a.site_code,
        a.funding_source,
        count(*) filter (where c.months_count > 0 and not c.is_complete and c.return_state <> 'not_due') as months_count
    from award as a
    inner join {{ ref('fct_input_completeness') }} as c on a.site_code = c.site_code and a.months @> c.period
    group by a.site_code, a.funding_source
),

newest as (
    select max(period) as period
    from {{ ref('stg_period') }}
),

reckoned as (
    select
        a.awarded_gbp,
        a.first_period,
        a.last_period,
        coalesce(a.site_code, s.site_code) as site_code,
        coalesce(a.funding_source, s.funding_source) as funding_source,
        coalesce(a.awards_count, 0) as awards_count,
        coalesce(case when a.site_code is null then s.total_gbp else s.within_gbp end, 0) as spent_gbp,
        coalesce(case when a.site_code is not null then s.total_gbp - coalesce(s.within_gbp, 0) end, 0) as outside_gbp,
        coalesce(l.months_count, 0) as lacking_count,
        a.last_period <= n.period as is_over
    from award as a
    full outer join spending as s on (a.site_code, a.funding_source) = (s.site_code, s.funding_source)
    left join lacking as l on (a.site_code, a.funding_source) = (l.site_code, l.funding_source)
    cross join newest as n
),

judged as (
    select
        *,
        replace(funding_source, '_', ' ') as source_words,
        case
            when awarded_gbp is null then 'no_award'
            when round(spent_gbp::numeric, 2) > round(awarded_gbp::numeric, 2) then 'overspent'
            when round(spent_gbp::numeric, 2) = 0 then 'nothing_spent'
            when is_over and awarded_gbp - spent_gbp > 0.01 * awarded_gbp then 'ended_unspent'
            else 'within'
        end as state
    from reckoned
)

select
    site_code::text as site_code,
    funding_source::text as funding_source,
    awards_count::integer as awards_count,
    first_period::date as first_period,
    last_period::date as last_period,
    awarded_gbp::double precision as awarded_gbp,
    spent_gbp::double precision as spent_gbp,
    outside_gbp::double precision as spent_outside_gbp,
    lacking_count::integer as incomplete_months_count,
    state::text as state,
    (awarded_gbp - spent_gbp)::double precision as remaining_gbp,
    (100 * spent_gbp / awarded_gbp)::double precision as spent_pct,
    (
        upper(left(source_words, 1)) || substr(source_words, 2)
        || coalesce(
            ' (' || to_char(first_period, 'FMMonth YYYY') || ' to ' || to_char(last_period, 'FMMonth YYYY') || ')', ''
        )
        || ': ' || {{ pounds('spent_gbp') }}
        || case
            when state = 'no_award' then ' was spent; no award is recorded'
            else
                ' of ' || {{ pounds('awarded_gbp') }} || case when is_over then ' was spent' else ' is spent so far' end
                || ' (' || round((100 * spent_gbp / awarded_gbp)::numeric, 1) || '%); '
                || {{ pounds('abs(awarded_gbp - spent_gbp)') }}
                || case state when 'overspent' then ' more than was given' else ' is left' end
        end
        || case
            when round(outside_gbp::numeric, 2) = 0 then ''
            else '; ' || {{ pounds('outside_gbp') }} || ' in other months'
        end
        || case lacking_count
            when 0 then ''
            when 1 then '; 1 of its months lacks a complete ledger'
            else '; ' || lacking_count || ' of its months lack a complete ledger'
        end || '.'
    )::text as sentence
from judged
