-- Grain: a general practice. imd_quintile: national fifth of its patients' deprivation, 1 the most deprived.
select
    practice_code,
    imd_quintile
from {{ source('ref', 'practice') }}
