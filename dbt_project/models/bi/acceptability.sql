-- Grain: area (region, wave, programme) x price put on an admission avoided.
{{ config(tags=['worth']) }}
select
    area_type::text as area_type,
    area_code::text as area_code,
    area_name::text as area_name,
    gbp_per_admission::double precision as gbp_per_admission,
    stat.significant(probability, 3)::double precision as probability
from {{ ref('fct_acceptability') }}
