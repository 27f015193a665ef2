-- Which medicines a measure of prescribing counts.
create table ref.bnf_group (
    bnf_group text not null,
    code_pattern text not null,
    is_excluded boolean not null,
    what text not null,
    primary key (bnf_group, code_pattern)
);
comment on table ref.bnf_group is
'One row a group of medicines x pattern of BNF codes (as in LIKE): in the group, or, if is_excluded, out of it again.';
grant select on ref.bnf_group to intake, loader, dbt, analyst;
