-- Grain: site x practice x period x sex x age band x measure; of frail people, sex 'all' and the severity in place of
-- the age band (frail_moderate, frail_severe). Discharges and readmissions are of the rows that say both. Cost is of
-- the rows that the site priced. emergency_bed_days_sumsq, of the stays of a row, takes them as equally long: exact
-- where a row is one stay, too small where it is several; where their number is withheld, one is taken.
with frail as (
    select
        site_code,
        practice_code,
        period,
        pod,
        events_count,
        is_events_count_suppressed,
        'all' as sex,
        'frail_' || frailty as age_band
    from {{ ref('stg_hospital_activity') }}
    where frailty in ('moderate', 'severe') and pod in ('em', 'ae1', 'ae3', 'el', 'dc', 'opf')
)

{{ measures_of(
    ref('stg_hospital_activity'),
    is_banded=true,
    measures=[
        ['emergency_spells', 'events_count', "pod = 'em'"],
        ['emergency_spells_acsc_chronic', 'events_count', "pod = 'em' and condition_group = 'acsc_chronic'"],
        ['emergency_spells_acute_3a', 'events_count', "pod = 'em' and condition_group = 'acute_3a'"],
        ['emergency_spells_falls', 'events_count', "pod = 'em' and condition_group = 'falls'"],
        ['ae_attendances_type_1_2', 'events_count', "pod = 'ae1'"],
        ['ae_attendances_type_3', 'events_count', "pod = 'ae3'"],
        ['elective_spells', 'events_count', "pod = 'el'"],
        ['day_cases', 'events_count', "pod = 'dc'"],
        ['first_outpatient_attendances', 'events_count', "pod = 'opf'"],
        ['emergency_bed_days', 'bed_days', "pod = 'em'"],
        [
            'emergency_bed_days_sumsq',
            'bed_days ^ 2 / greatest(coalesce(events_count, 1), 1)',
            "pod = 'em'",
            'is_bed_days_suppressed'
        ],
        ['live_discharges', 'live_discharges_count', recorded('readmit_30d_count')],
        ['emergency_readmissions_30d', 'readmit_30d_count', recorded('live_discharges_count')],
        ['hospital_cost_nominal_gbp', 'cost_gbp'],
        ['emergency_hospital_cost_nominal_gbp', 'cost_gbp', "pod in ('em', 'ae1', 'ae3')"],
    ]
) }}
union all
{{ measures_of(
    'frail',
    is_banded=true,
    measures=[
        ['emergency_spells_frail', 'events_count', "pod = 'em'"],
        ['ae_attendances_type_1_2_frail', 'events_count', "pod = 'ae1'"],
        ['ae_attendances_type_3_frail', 'events_count', "pod = 'ae3'"],
        ['elective_spells_frail', 'events_count', "pod = 'el'"],
        ['day_cases_frail', 'events_count', "pod = 'dc'"],
        ['first_outpatient_attendances_frail', 'events_count', "pod = 'opf'"],
    ]
) }}
