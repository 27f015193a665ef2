-- Grain: site x feed x period. The state of every expected return as this build found it: one snapshot, so
-- that all figures of a build agree with one another.
select
    r.*,
    now() as as_of
from {{ ref('stg_return') }} as r
where {{ in_months('r.period') }}
