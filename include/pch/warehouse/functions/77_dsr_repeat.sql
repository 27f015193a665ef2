-- stat.dsr_repeat(people, frequency, n, w, stratum, multiplier, confidence): the directly standardised rate of
-- stat.dsr_squares from a table of how many people had how many events, one row.
--
-- Two strata may share population and weight, so an element must say which stratum it belongs to: `stratum` is
-- any number that is the same for the elements of one stratum. Each stratum weighs once, however many elements
-- it has. A stratum without events still needs an element (0 people), or its weight is shared out in silence.
--
-- Units: one element per stratum and frequency, all five arrays in the same order: people who had exactly
-- `frequency` events each (NULL counts as 0), n population and w standard population of the element's stratum.
-- value, lower and upper are events per `multiplier` of n; confidence two-sided, a share.
-- Refused (all three NULL): whatever stat.dsr_squares refuses; a stratum or frequency that is NULL, people or a
-- frequency that is negative; n or w that differ within a stratum; arrays of different lengths.

create or replace function stat.dsr_repeat(
    people double precision[],
    frequency double precision[],
    n double precision[],
    w double precision[],
    stratum integer[],
    multiplier double precision default 100000,
    confidence double precision default 0.95,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
declare
    events double precision[];
    squares double precision[];
    sizes double precision[];
    weights double precision[];
    is_sound boolean;
begin
    if (cardinality(people) = cardinality(frequency) and cardinality(people) = cardinality(n)
        and cardinality(people) = cardinality(w) and cardinality(people) = cardinality(stratum)) is not true then
        return;
    end if;
    select
        array_agg(s.events), array_agg(s.squares), array_agg(s.size), array_agg(s.weight), bool_and(s.is_sound)
    into events, squares, sizes, weights, is_sound
    from (
        select
            sum(e.people * e.frequency) as events,
            sum(e.people * e.frequency * e.frequency) as squares,
            min(e.n) as size, min(e.w) as weight,
            bool_and(num_nulls(e.people, e.frequency, e.n, e.w, e.stratum) = 0)
                and min(e.n) = max(e.n) and min(e.w) = max(e.w) as is_sound
        from (
            select
                case when stat.is_count(coalesce(u.people, 0)) then coalesce(u.people, 0) end as people,
                case when stat.is_count(u.frequency) then u.frequency end as frequency,
                u.n, u.w, u.stratum
            from unnest(
                dsr_repeat.people, dsr_repeat.frequency, dsr_repeat.n, dsr_repeat.w, dsr_repeat.stratum
            ) as u (people, frequency, n, w, stratum)
        ) as e
        group by e.stratum
    ) as s;

    if is_sound then
        select d.value, d.lower, d.upper
        into value, lower, upper
        from stat.dsr_squares(events, squares, sizes, weights, multiplier, confidence) as d;
    end if;
end
$$;

comment on function stat.dsr_repeat is
'Directly standardised rate from how many people had how many events: elements of people, frequency, n '
'population, w standard population and the number of the stratum they belong to. value, lower, upper per '
'multiplier; all NULL below 10 events or for a refused input. Call it with CROSS JOIN LATERAL.';
