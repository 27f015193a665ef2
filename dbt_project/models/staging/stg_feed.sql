-- Grain: a feed. names_practices: whether its rows say of which practice they are, or are of the whole site.
select
    feed,
    names_practices
from {{ source('ref', 'feed') }}
