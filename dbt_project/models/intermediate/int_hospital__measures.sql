-- Grain: site x practice x period x sex x age band x measure. Discharges and readmissions are of the rows that
-- say both. Cost is of the rows that the site priced.
{{ measures_of(
    ref('stg_hospital_activity'),
    is_banded=true,
    measures=[
        ['emergency_spells', 'events_count', "pod = 'em'"],
        ['emergency_spells_acsc_chronic', 'events_count', "pod = 'em' and condition_group = 'acsc_chronic'"],
        ['emergency_spells_acute_3a', 'events_count', "pod = 'em' and condition_group = 'acute_3a'"],
        ['emergency_spells_falls', 'events_count', "pod = 'em' and condition_group = 'falls'"],
        ['emergency_spells_frail', 'events_count', "pod = 'em' and frailty in ('moderate', 'severe')"],
        ['ae_attendances_type_1_2', 'events_count', "pod = 'ae1'"],
        ['ae_attendances_type_3', 'events_count', "pod = 'ae3'"],
        ['elective_spells', 'events_count', "pod = 'el'"],
        ['day_cases', 'events_count', "pod = 'dc'"],
        ['first_outpatient_attendances', 'events_count', "pod = 'opf'"],
        ['emergency_bed_days', 'bed_days', "pod = 'em'"],
        ['live_discharges', 'live_discharges_count', recorded('readmit_30d_count')],
        ['emergency_readmissions_30d', 'readmit_30d_count', recorded('live_discharges_count')],
        ['hospital_cost_nominal_gbp', 'cost_gbp'],
        ['emergency_hospital_cost_nominal_gbp', 'cost_gbp', "pod in ('em', 'ae1', 'ae3')"],
    ]
) }}
