-- stat.funnel_overdispersed(numerator, denominator, kind, ...): a funnel plot whose limits allow for sites that
-- differ by more than chance, one row a site.
--
-- Source: D. Spiegelhalter, Statistics in Medicine 24 (2005) 1185-1202 and Quality and Safety in Health Care 14
-- (2005) 347-351; NHS England's SHMI methodology; as in FunnelPlotR 0.6.0. With O the numerator, D the
-- denominator, T the target, q the normal quantile and t2 = tau2:
--     kind     T            Y                     s                                  limits
--     SR-SHMI  1            ln(O / D)             1 / sqrt(D)                        exp(-/+ q sqrt(1/D + t2))
--     SR-CQC   1            sqrt(O / D)           1 / (2 sqrt(D))                    1 -/+ q sqrt(1/4D + t2)
--     PR       sum O/sum D  asin(sqrt(O / D))     1 / (2 sqrt(D))                    sin^2(asin sqrt T -/+ q ...)
--     RC       sum O/sum D  ln((O+.5) / (D+.5))   sqrt(O/(O+.5)^2 + D/(D+.5)^2)      exp(ln T -/+ q ...)
-- z = (Y - Y of T) / s. Extremes: SR-SHMI leaves out the sites in the lowest and highest share trim_by of the
-- ranks (ties: average rank), the others pull z in to these two quantiles. Of the n sites left
--     phi = sum(z^2) / n,  tau2 = max(0, (n phi - (n - 1)) / (sum(1/s^2) - sum(1/s^4) / sum(1/s^2))).
-- Limits without over-dispersion have t2 = 0; those of SR are exact Poisson (stat.funnel_ratio). q is rounded to
-- six decimals and D of SR-SHMI to two (but not for rr), as the package and the SHMI do. A site without events
-- has no logarithm: under SR-SHMI it ranks lowest and, where it is not left out, does not enter phi and tau2.
--
-- Units: numerator events or people observed; denominator expected events (SR), people (PR) or a count (RC);
-- one element a site. kind: SR-SHMI, SR-CQC (standardised ratios), PR (proportions), RC (ratios of counts).
-- trim_by a share below 0.5 (0: nothing is trimmed), confidence a two-sided share. rr is O / D; the limits are
-- `multiplier` times rr's; transformed, z and tau2 are on the scale of Y. is_outlier compares with lower and
-- upper, is_od_outlier with od_lower and od_upper; on a limit is inside.
-- Refused: a site with anything NULL, infinite, NaN or negative, D not above 0 or (PR) O above D has a row of
-- NULLs, phi and tau2 of the others beside it, and changes nothing for them. For arrays of different lengths,
-- another kind, or a setting out of range every row is NULL but for idx. No arrays, no rows. tau2 and the limits
-- with it are NULL for fewer than two sites.

create or replace function stat.funnel_unscale(kind text, y double precision) returns double precision
language sql immutable parallel safe
return case kind
    when 'SR-CQC' then y -- the package leaves these limits on the scale of the square root
    when 'PR' then power(sin(least(greatest(y, 0), pi() / 2)), 2)
    else exp(least(greatest(y, -600), 600)) -- beyond, exp() itself would raise
end;

create or replace function stat.funnel_overdispersed(
    numerator double precision[],
    denominator double precision[],
    kind text,
    trim_by double precision default 0.1,
    confidence double precision default 0.95,
    multiplier double precision default 1
)
returns table (
    idx integer,
    rr double precision,
    transformed double precision,
    z double precision,
    z_trimmed double precision,
    lower double precision,
    upper double precision,
    od_lower double precision,
    od_upper double precision,
    is_outlier boolean,
    is_od_outlier boolean,
    phi double precision,
    tau2 double precision
)
language plpgsql immutable parallel safe
as $$
#variable_conflict use_column
declare
    q double precision;
begin
    if (kind in ('SR-SHMI', 'SR-CQC', 'PR', 'RC') and cardinality(numerator) = cardinality(denominator)
        and (trim_by = 0 or trim_by between 1e-9 and 0.499999999)
        and stat.is_confidence(confidence) and stat.is_size(multiplier)) is not true then
        for i in 1 .. greatest(cardinality(numerator), cardinality(denominator), 0) loop
            idx := i;
            return next;
        end loop;
        return;
    end if;
    q := round(-stat.normal_quantile((1 - confidence) / 2)::numeric, 6);

    return query
    with site as (
        select i, o, d, o / d_given as rr
        from (
            select
                i, o, d as d_given,
                case when kind = 'SR-SHMI' and stat.is_size(d) then round(d::numeric, 2)::double precision else d end
                    as d
            from unnest(numerator, denominator) with ordinality as u (o, d, i)
        ) as u
        where stat.is_count(o) and stat.is_size(d) and (kind <> 'PR' or o <= d)
    ),

    scaled as (
        select
            site.*,
            case
                when kind = 'SR-SHMI' and o = 0 then '-Infinity'
                when kind = 'SR-SHMI' then ln(o / d)
                when kind = 'SR-CQC' then sqrt(rr)
                when kind = 'PR' then asin(sqrt(rr))
                else ln((o + 0.5) / (d + 0.5))
            end as y,
            case
                when kind = 'SR-SHMI' then 0
                when kind = 'SR-CQC' then 1
                when kind = 'PR' then asin(sqrt(t))
                when t > 0 then ln(t)
            end as y_target,
            case
                when kind = 'SR-SHMI' then 1 / sqrt(d)
                when kind = 'RC' then sqrt(o / power(o + 0.5, 2) + d / power(d + 0.5, 2))
                else 0.5 / sqrt(d)
            end as s,
            case when kind = 'SR-SHMI' then 1 / d else 0.25 / d end as variance
        from site
        cross join (select sum(o) / sum(d) as t from site) as target
    ),

    scored as (
        select scaled.*, (y - y_target) / s as z
        from scaled
    ),

    -- Where z stands among the others, 0 to 1 / trim_by.
    ranked as (
        select
            scored.*,
            (rank() over (order by z) + (count(*) over (partition by z) - 1) / 2.0)
            / nullif(trim_by, 0) / (count(*) over () + 1) as place
        from scored
    ),

    trimmed as (
        select
            ranked.*,
            case
                when z = '-Infinity' then null
                when kind <> 'SR-SHMI' then least(greatest(z, low), high)
                when trim_by = 0 or place >= 1 and place < 1 / trim_by - 1 then z
            end as z_trimmed
        from ranked
        cross join (
            select
                percentile_cont(trim_by) within group (order by z) as low,
                percentile_cont(1 - trim_by) within group (order by z) as high
            from scored
        ) as bound
    ),

    dispersion as (
        select
            squares / nullif(n, 0) as phi,
            case
                when n >= 2 and squares < n - 1 then 0
                when n >= 2 then (squares - (n - 1)) / nullif(greatest(weight - weight_squared / weight, 0), 0)
            end as tau2
        from (
            select
                count(*) as n, sum(z_trimmed * z_trimmed) as squares,
                sum(1 / (s * s)) as weight, sum(1 / (s * s) / (s * s)) as weight_squared
            from trimmed
            where z_trimmed is not null
        ) as left_over
    ),

    limited as (
        select
            i, rr, y, z, z_trimmed,
            multiplier * coalesce(f.lower, stat.funnel_unscale(kind, y_target - q * sqrt(variance))) as lower,
            multiplier * coalesce(f.upper, stat.funnel_unscale(kind, y_target + q * sqrt(variance))) as upper,
            multiplier * stat.funnel_unscale(kind, y_target - q * sqrt(variance + tau2)) as od_lower,
            multiplier * stat.funnel_unscale(kind, y_target + q * sqrt(variance + tau2)) as od_upper
        from trimmed
        cross join dispersion
        cross join lateral stat.funnel_ratio(case when kind like 'SR-%' then d end, confidence) as f
    )

    select
        i::integer, rr, nullif(y, '-Infinity'), nullif(z, '-Infinity'), z_trimmed,
        lower, upper, od_lower, od_upper,
        multiplier * rr not between lower and upper, multiplier * rr not between od_lower and od_upper,
        phi, tau2
    from generate_series(1, cardinality(numerator)) as position (i)
    cross join dispersion
    left join limited using (i)
    order by i;
end
$$;

comment on function stat.funnel_unscale is
'From the scale on which stat.funnel_overdispersed compares sites back to ratios and proportions.';
comment on function stat.funnel_overdispersed is
'A funnel plot of all sites whose limits allow for over-dispersion, one row a site: rr, z, limits without and '
'with it, whether the site lies outside them, and phi and tau2 of all. NULLs for a refused input.';
