-- Grain: metric x site (null: every site) x period with which an XmR chart begins anew.
select
    metric_code,
    site_code,
    from_period
from {{ source('ops', 'current_rebase') }}
