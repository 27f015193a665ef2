-- Disclosure control: what of a figure may be shown to everybody who reads schema bi.
--
-- Source: NHS Digital's rule for sub-national counts of hospital activity (HES analysis guide): 0 stays 0, 1 to 7 is
-- suppressed, all else is rounded to the nearest 5. Which cells are withheld besides, so that a small number cannot
-- be had back by subtraction, is decided by mart.fct_withheld and the models of schema bi (docs/adr/0016).
--
-- `kind` is what a quantity counts. It is told by the name of the measure, whose unit stands last; a name that is not
-- known counts as people: the strictest rule. Quantities in their own units; NULL for NULL; never raises.

create or replace function stat.measure_kind(measure text) returns text
language sql immutable parallel safe
return case
    when measure ~ '^returns_' then 'returns'
    when measure ~ '(^|_)activity_cost_' then 'priced'
    when measure ~ '_gbp$' then 'money'
    when measure ~ '_sum$' then 'sum'
    when measure ~ '_weighted$' then 'weighted'
    when measure = 'available_days' then 'absence'
    when measure = 'fte_with_leavers_recorded' then 'leavers'
    when measure ~ '(^|_)(fte|posts)(_|$)' or measure ~ '^(absence_days|input_hours)$' then 'staff'
    else 'people'
end;

create or replace function stat.is_disclosive(quantity double precision, kind text default 'people')
returns boolean
language sql immutable parallel safe
return quantity > 0 and quantity < case
    when kind in ('people', 'weighted') then 7.5
    when kind = 'leavers' then 8 -- FTE
    when kind = 'absence' then 240 -- days: eight FTE of a month
    -- pounds: seven emergency spells at their one price (unit_costs.csv: 2,595 in 2023/24), with room for it to rise
    when kind = 'priced' then 25000
    else 0
end;

create or replace function stat.significant(x double precision, digits integer) returns double precision
language sql immutable parallel safe
return case
    when digits between 1 and 15 and (x between 1e-300 and 1e300 or x between -1e300 and -1e-300)
        then round(x::numeric, digits - 1 - floor(log(abs(x)))::integer)::double precision
    else x
end;

create or replace function stat.disclosed_count(quantity double precision, kind text default 'people')
returns double precision
language sql immutable parallel safe
return case
    when kind = 'sum' or stat.is_disclosive(quantity, kind) then null
    when kind = 'returns' then quantity
    when kind in ('money', 'priced', 'staff', 'absence', 'leavers') then stat.significant(quantity, 3)
    when quantity between -1e15 and 1e15 then 5 * floor(quantity / 5 + 0.5)
end;

comment on function stat.measure_kind is
'What a measure counts, by its name: people (patients, contacts, items, answers; whatever is not known), weighted '
'(answers by weight), staff (FTE, posts, their time), absence and leavers (what is told of persons among the staff), '
'money, priced (events of patients times a known price), returns, or sum (of scores or waits).';
comment on function stat.is_disclosive is
'True for a quantity above 0 that is too small to be shown: 1 to 7 people, less than 8 FTE beneath leavers or absence, '
'a cost that seven priced events may make. NULL for NULL.';
comment on function stat.significant is
'x rounded to so many significant digits, as a figure is shown whose exact value would give a count away.';
comment on function stat.disclosed_count is
'A quantity as it may be shown: people 0, or rounded to the nearest 5, NULL for 1 to 7; money and staff to three '
'digits; returns as they are; sums never (with the mean beside them they would give the exact number).';
