-- Grain: site x feed x period: every expected return, with its state as of now and, where a submission is
-- current, the practices that it has rows of.
select
    r.*,
    f.names_practices,
    p.practices
from {{ source('ops', 'return_state') }} as r
inner join {{ source('ref', 'feed') }} as f using (feed)
left join {{ source('ops', 'profile') }} as p using (submission_id)
