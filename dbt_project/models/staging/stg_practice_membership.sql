-- Grain: practice x site x start of membership.
select * from {{ source('ref', 'membership') }}
