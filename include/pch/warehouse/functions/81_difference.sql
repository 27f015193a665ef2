-- stat.difference(v0, l0, u0, v1, l1, u1) and stat.relative_change(v0, ...): the change from an estimate v0 with
-- limits l0 and u0 to another, v1 with l1 and u1, one row.
--
-- MOVER, the method of variance estimates recovery: what the limits of each estimate say about its spread, on
-- the side that matters, so that limits that are not symmetrical stay so. With d = v1 - v0:
--     lower = d - sqrt((v1 - l1)^2 + (u0 - v0)^2), upper = d + sqrt((u1 - v1)^2 + (v0 - l0)^2)
-- and for the quotient v1 / v0 the two roots of the same idea (MOVER-R), less 1.
-- Source: Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10 (proportions); Zou and Donner, Statistics
-- in Medicine 27 (2008) 1693-1702; Donner and Zou, Statistical Methods in Medical Research 21 (2012) 347-359.
-- The two estimates must be independent: no window that overlaps the other, no site within its own region.
--
-- Units: all six in the unit of the estimates; so is the difference. A relative change is a share: 0.1 is a tenth
-- more, -1 is nothing left. The limits have the confidence of the limits given, which must be the same.
-- Limits NULL, infinite or not around their value: the change is given without limits.
-- Refused (all three NULL): v0 or v1 NULL, infinite or NaN; for a relative change also v1 below 0 or v0 not above
-- 0. Its upper limit is NULL where l0 is not above 0: v0 may be nothing, and the change has no bound.

-- Rounding may put a limit a hair to the wrong side of its value.
create or replace function stat.are_limits(v double precision, l double precision, u double precision)
returns boolean
language sql immutable parallel safe
return case
    when stat.is_count(abs(v)) and stat.is_count(abs(l)) and stat.is_count(abs(u))
        then l <= v + 1e-9 * abs(v) and u >= v - 1e-9 * abs(v)
    else false
end;

comment on function stat.are_limits is
'True where l and u are finite and v lies between them, but for rounding.';


create or replace function stat.difference(
    v0 double precision,
    l0 double precision,
    u0 double precision,
    v1 double precision,
    l1 double precision,
    u1 double precision,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (stat.is_count(abs(v0)) and stat.is_count(abs(v1))) is not true then
        return;
    end if;
    value := v1 - v0;
    if stat.are_limits(v0, l0, u0) and stat.are_limits(v1, l1, u1) then
        lower := value - sqrt(power(v1 - l1, 2) + power(u0 - v0, 2));
        upper := value + sqrt(power(u1 - v1, 2) + power(v0 - l0, 2));
    end if;
end
$$;

create or replace function stat.relative_change(
    v0 double precision,
    l0 double precision,
    u0 double precision,
    v1 double precision,
    l1 double precision,
    u1 double precision,
    out value double precision,
    out lower double precision,
    out upper double precision
)
language plpgsql immutable parallel safe
as $$
declare
    near double precision;
    a double precision;
    c double precision;
begin
    if (stat.is_size(v0) and stat.is_count(v1)) is not true then
        return;
    end if;
    value := v1 / v0 - 1;
    if stat.are_limits(v0, l0, u0) and stat.are_limits(v1, l1, u1) then
        -- The roots r of a r^2 - 2 v0 v1 r + c = 0, written without differences of numbers that are nearly equal.
        near := v1 - greatest(l1, 0);
        c := greatest(l1, 0) * (v1 + near);
        lower := case
            when c > 0 then c / (v0 * v1 + sqrt(power(v0 * near, 2) + power(u0 - v0, 2) * c))
            else 0
        end - 1;
        if l0 > 0 then
            a := l0 * (2 * v0 - l0);
            upper := (v0 * v1 + sqrt(power(v1 * (v0 - l0), 2) + power(u1 - v1, 2) * a)) / a - 1;
        end if;
    end if;
end
$$;

comment on function stat.difference is
'Change v1 - v0 between two independent estimates with their limits (MOVER): value, lower, upper; limits NULL '
'where an estimate has none, all NULL for a refused input. Call it with CROSS JOIN LATERAL.';
comment on function stat.relative_change is
'Change v1 / v0 - 1 (a share) between two independent estimates above 0 with their limits (MOVER): value, '
'lower, upper; limits NULL where an estimate has none, all NULL for a refused input. '
'Call it with CROSS JOIN LATERAL.';
