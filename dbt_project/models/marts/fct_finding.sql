-- Grain: a finding of the submission in use of a return: submission x rule x column x subject. What was found in
-- submissions that are not in use (refused, superseded) is in ops.current_finding.
{{ config(
    materialized='incremental', incremental_strategy='months', months_var='window_months',
    indexes=[{'columns': ['period', 'site_code', 'feed']}]
) }}
select
    finding_id::bigint as finding_id,
    submission_id::bigint as submission_id,
    site_code::text as site_code,
    feed::text as feed,
    period::date as period,
    rule::text as rule,
    column_name::text as column_name,
    subject::text as subject,
    layer::text as layer,
    severity::text as severity,
    message::text as message,
    next_step::text as next_step,
    is_open::boolean as is_open,
    is_question::boolean as is_question,
    exemption::text as exemption,
    course::text as course,
    rows_count::bigint as rows_count,
    checked_count::bigint as checked_count,
    threshold::text as threshold
from {{ ref('int_return__findings') }}
where {{ in_months('period', 'window_months') }}
