-- stat.dispersion, stat.budget_chance, stat.budget_share: a capitated budget beside what was spent.
--
-- dispersion(x, n): how much more the counts x of the months differ, for their exposure n, than Poisson counts would:
-- Pearson's chi-squared / (k - 1) about the common rate sum(x) / sum(n), at least 1. McCullagh and Nelder, Generalized
-- Linear Models, 2nd ed. (1989), 6.2. Season and trend within the months raise it: it errs to the cautious side.
--
-- budget_chance: the spending is taken as a compound Poisson sum with prices that are known (each event at its unit
-- price) and counts over-dispersed by phi, plus money that varies from month to month. Its variance (Bowers et al.,
-- Actuarial Mathematics, 2nd ed. (1997), 12.2; the square of a fixed price stands for the second moment):
--     sd^2 = sum(price^2 events phi) + other_variance
-- probability: that a spending whose true mean is the budget differs from it by the surplus or more, in its direction
-- (normal approximation: a sum of thousands of events; below some hundred it is rough). detectable_pct: the smallest
-- true difference, in percent of the budget, that lies outside 1.96 sd with the probability `power`:
-- (1.96 + z(power)) sd / budget. Events are taken as independent of one another: an admission that comes with an
-- attendance makes the true sd a little larger.
--
-- budget_share: who bears what. Of a surplus (above 0) or deficit the first corridor_pct of the budget stays where it
-- falls, with the commissioner; of the excess beyond, the site keeps gain_share_pct or bears loss_share_pct, at most
-- cap_pct or collar_pct of the budget. site_share + commissioner_share = surplus.
--
-- Units: money in pounds of the same kind; _pct 0 to 100; power a share. Arrays: one element an item, or a month.
-- Refused (NULL): anything NULL or not finite; n or a price not above 0; phi below 1; budget not above 0; a share
-- outside 0 to 100; arrays of different lengths; dispersion of fewer than two months or of none but zeros.

create or replace function stat.dispersion(x double precision[], n double precision[]) returns double precision
language plpgsql immutable parallel safe
as $$
declare
    months integer;
    rate double precision;
begin
    select count(*), sum(u.x) / sum(u.n)
    into months, rate
    from unnest(dispersion.x, dispersion.n) as u (x, n)
    where stat.is_count(u.x) and stat.is_size(u.n);
    if (months > 1 and months = cardinality(x) and months = cardinality(n) and rate > 0) is not true then
        return null;
    end if;
    return (
        select greatest(1, sum(power(u.x - u.n * rate, 2) / (u.n * rate)) / (months - 1))
        from unnest(dispersion.x, dispersion.n) as u (x, n)
    );
end
$$;

create or replace function stat.budget_chance(
    surplus double precision,
    budget double precision,
    price double precision[],
    events double precision[],
    phi double precision[],
    other_variance double precision default 0,
    power double precision default 0.8,
    out sd double precision,
    out probability double precision,
    out detectable_pct double precision
)
language plpgsql immutable parallel safe
as $$
declare
    valid integer;
    variance double precision;
begin
    select count(*), coalesce(sum(u.price * u.price * u.events * u.phi), 0)
    into valid, variance
    from unnest(budget_chance.price, budget_chance.events, budget_chance.phi) as u (price, events, phi)
    where stat.is_size(u.price) and stat.is_count(u.events) and u.phi between 1 and 1e9;
    if (valid = cardinality(price) and cardinality(price) = cardinality(events) and cardinality(price) = cardinality(phi)
        and stat.is_size(budget) and surplus between -1e15 and 1e15 and other_variance between 0 and 1e30
        and stat.is_confidence(power) and variance < 1e60) is not true then
        return;
    end if;
    sd := sqrt(variance + other_variance);
    detectable_pct := 100 * (stat.normal_quantile(0.975) + stat.normal_quantile(power)) * sd / budget;
    probability := case
        when sd > 0 then stat.normal_cdf(-abs(surplus) / sd)
        when surplus = 0 then 0.5
        else 0
    end;
end
$$;

create or replace function stat.budget_share(
    surplus double precision,
    budget double precision,
    corridor_pct double precision,
    gain_share_pct double precision,
    loss_share_pct double precision,
    cap_pct double precision,
    collar_pct double precision,
    out excess double precision,
    out site_share double precision,
    out commissioner_share double precision
)
language plpgsql immutable parallel safe
as $$
begin
    if (surplus between -1e15 and 1e15 and stat.is_size(budget) and corridor_pct between 0 and 100
        and gain_share_pct between 0 and 100 and loss_share_pct between 0 and 100
        and cap_pct between 0 and 100 and collar_pct between 0 and 100) is not true then
        return;
    end if;
    excess := sign(surplus) * greatest(abs(surplus) - budget * corridor_pct / 100, 0);
    site_share := case
        when excess > 0 then least(excess * gain_share_pct / 100, budget * cap_pct / 100)
        else greatest(excess * loss_share_pct / 100, -budget * collar_pct / 100)
    end;
    commissioner_share := surplus - site_share;
end
$$;

comment on function stat.dispersion is
'How much more the counts of months differ than Poisson counts of the same exposure would (Pearson), at least 1. NULL '
'for fewer than two months, no events or a refused input.';
comment on function stat.budget_chance is
'What chance does to a budget: sd of the spending (compound Poisson plus other_variance), the probability that a site '
'on budget shows such a surplus or deficit, and the smallest true difference that would show, in percent. All NULL for '
'a refused input. Call it with CROSS JOIN LATERAL.';
comment on function stat.budget_share is
'Who bears a surplus (above 0) or deficit: the excess beyond the corridor, the share of the site (a gain is above 0) '
'within cap and collar, and that of the commissioner; the two sum to the surplus. All NULL for a refused input. Call '
'it with CROSS JOIN LATERAL.';
