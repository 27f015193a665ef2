-- Grain: group of medicines x pattern of BNF codes (as in LIKE). A presentation belongs to a group when a pattern
-- takes it in and none takes it out again (is_excluded).
select
    bnf_group,
    code_pattern,
    is_excluded
from {{ source('ref', 'bnf_group') }}
