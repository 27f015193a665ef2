-- Grain: period x level x member: the programme, each region, each feed, each site. How many returns arrived of those
-- due. Counts add up over months, and a site counts in its own months only; rates do not: divide the sums.
{{ config(
    materialized='incremental', incremental_strategy='months',
    indexes=[{'columns': ['period', 'level']}]
) }}
with counted as (
    select
        r.period,
        s.region,
        r.site_code,
        r.feed,
        case
            when grouping(r.site_code) = 0 then 'site'
            when grouping(s.region) = 0 then 'region'
            when grouping(r.feed) = 0 then 'feed'
            else 'programme'
        end as level,
        count(*) filter (where r.is_due) as expected_count,
        count(*) filter (where r.state in ('received', 'nil_return')) as received_count,
        count(*) filter (where r.is_accepted_by_primary_close) as on_time_count,
        bool_and(r.as_of > r.primary_close_at) as is_closed,
        min(r.as_of) as as_of
    from {{ ref('int_return__state') }} as r
    inner join {{ ref('stg_site') }} as s on r.site_code = s.site_code
    where {{ in_months('r.period') }}
    group by r.period, grouping sets ((), (r.feed), (s.region), (s.region, r.site_code))
)

select
    period::date as period,
    level::text as level,
    site_code::text as site_code,
    feed::text as feed,
    as_of::timestamptz as as_of,
    expected_count::integer as expected_count,
    received_count::integer as received_count,
    on_time_count::integer as on_time_count,
    case when level in ('region', 'site') then coalesce(region, 'not known') end::text as region,
    (100.0 * received_count / nullif(expected_count, 0))::double precision as reporting_rate_pct,
    case when is_closed then 100.0 * on_time_count / nullif(expected_count, 0) end::double precision as timeliness_pct
from counted
