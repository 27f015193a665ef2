-- Grain: site x practice x period x measure; practice '' is the team of the whole site. fte and vacant_fte are
-- snapshots of the last day of the month: over several months their mean counts, not their sum. What stands in one
-- quotient is of the same rows: those that record both sides.
{{ measures_of(
    ref('stg_workforce'),
    measures=[
        ['fte', 'fte'],
        ['gp_fte_excluding_trainees', 'fte', "staff_group = 'gp' and role <> 'gp_trainee'"],
        ['nurse_fte', 'fte', "staff_group = 'nurse'"],
        ['direct_care_fte', 'fte', "staff_group in ('direct_patient_care', 'community')"],
        ['vacant_fte', 'vacant_fte'],
        [
            'established_fte', 'fte + vacant_fte', recorded('vacant_fte'), 'is_fte_suppressed or is_vacant_fte_suppressed'
        ],
        ['leavers_fte', 'leavers'],
        ['fte_with_leavers_recorded', 'fte', recorded('leavers')],
        ['posts_advertised', 'advertised', recorded('filled_90d')],
        ['posts_filled_90d', 'filled_90d', recorded('advertised')],
        [
            'community_nurse_posts_advertised',
            'advertised',
            "role = 'community_nurse' and " ~ recorded('filled_90d')
        ],
        [
            'community_nurse_posts_filled_90d',
            'filled_90d',
            "role = 'community_nurse' and " ~ recorded('advertised')
        ],
        ['absence_days', 'absence_days', recorded('available_days')],
        ['available_days', 'available_days', recorded('absence_days')],
    ]
) }}
