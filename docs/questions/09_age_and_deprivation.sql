-- How does a figure of the programme differ by age and by deprivation?
-- One row of another kind ends the list: the slope index, most less least deprived on a straight line.
select
    slice_type,
    slice,
    value,
    lower_95,
    upper_95,
    state
from bi.slice_result
where
    (metric_code, area_type, area_code) = ('PH01', 'programme', 'PCH')
    and period = date '2026-09-01'
union all
select
    'slope_index' as slice_type,
    'all' as slice,
    slope_index as value,
    slope_index_lower_95 as lower_95,
    slope_index_upper_95 as upper_95,
    state
from bi.inequality
where metric_code = 'PH01' and period = date '2026-09-01'
order by slice_type, slice;
