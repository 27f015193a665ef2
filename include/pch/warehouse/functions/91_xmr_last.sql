-- stat.xmr_last(y, improvement, ...): what the XmR chart of a series says of its last point, exactly one row.
--
-- Source: stat.xmr (90_xmr.sql), which is asked for its last point only; arguments, units and refusals as there.
-- The icons are those of Making Data Count: variation_icon is common_cause, improvement_high or _low,
-- concern_high or _low, neutral_high or _low (high and low say on which side the point lies or where the trend
-- leads); assurance_icon is pass, fail or inconsistent. A missing last value (NULL) is common_cause: nothing
-- marks it. All NULL for a refused input or a series without points.

create or replace function stat.xmr_last(
    y double precision[],
    improvement text,
    rebase_at integer[] default '{}',
    fix_after integer default null,
    target double precision default null,
    screen_outliers boolean default true
)
returns table (
    mean double precision,
    lpl double precision,
    upl double precision,
    special_cause_type text,
    point_type text,
    variation_icon text,
    assurance_icon text
)
language sql immutable parallel safe
as $$
    select
        x.mean,
        x.lpl,
        x.upl,
        x.special_cause_type,
        x.point_type,
        case x.point_type
            when 'special_cause_improvement'
                then case improvement when 'increase' then 'improvement_high' else 'improvement_low' end
            when 'special_cause_concern'
                then case improvement when 'increase' then 'concern_low' else 'concern_high' end
            else replace(x.point_type, 'special_cause_', '')
        end as variation_icon,
        replace(x.assurance, 'consistent_', '') as assurance_icon
    from (values (1)) as always (one)
    left join stat.xmr(y, improvement, rebase_at, fix_after, target, screen_outliers, cardinality(y)) as x on true
$$;

comment on function stat.xmr_last is
'What the XmR chart of a series says of its last point: limits, the rule that marks it, and the variation and '
'assurance icons of Making Data Count. One row, NULLs for a refused input. Call it with CROSS JOIN LATERAL.';
