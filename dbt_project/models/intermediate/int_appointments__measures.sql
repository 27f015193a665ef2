-- Grain: site x practice x period x measure. Waits are of all appointments with a known band, attended or not, as
-- in the national publication. Days waited are the site's own sums where it gives both; elsewhere every day of the
-- band is taken as equally likely: its mean is the middle (2 to 7 days: 4.5), its mean square a little more than the
-- middle squared. The last band is open; 29 to 41 days is assumed, twice as wide as the one before. Minutes, and the
-- appointments they are divided by, are of rows that give minutes.
with waiting as (
    select
        a.site_code,
        a.practice_code,
        a.period,
        a.staff_type,
        a.status,
        a.wait_band,
        a.appointments_count,
        a.minutes_sum,
        a.is_appointments_count_suppressed,
        a.is_minutes_sum_suppressed,
        a.is_appointments_count_suppressed
        or a.is_wait_days_sum_suppressed
        or a.is_wait_days_sumsq_suppressed as is_wait_suppressed,
        a.staff_type = 'gp' and a.category = 'routine' and a.wait_band <> 'unknown' as is_routine_gp,
        case when w.is_exact then a.wait_days_sum else a.appointments_count * b.days end as wait_days_sum,
        case when w.is_exact then a.wait_days_sumsq else a.appointments_count * b.days_sq end as wait_days_sumsq
    from {{ ref('stg_gp_appointments') }} as a
    cross join lateral (values (a.wait_days_sum is not null and a.wait_days_sumsq is not null)) as w (is_exact)
    left join (
        values
        ('same_day', 0::double precision, 0::double precision),
        ('1_day', 1, 1),
        ('2_to_7_days', 4.5, 139 / 6.0),
        ('8_to_14_days', 11, 125),
        ('15_to_21_days', 18, 328),
        ('22_to_28_days', 25, 629),
        ('over_28_days', 35, 1239)
    ) as b (wait_band, days, days_sq) on a.wait_band = b.wait_band
)

{{ measures_of(
    'waiting',
    measures=[
        ['appointments', 'appointments_count', "status in ('attended', 'unknown')"],
        ['gp_appointments', 'appointments_count', "status in ('attended', 'unknown') and staff_type = 'gp'"],
        ['nurse_appointments', 'appointments_count', "status in ('attended', 'unknown') and staff_type = 'nurse'"],
        [
            'other_staff_appointments',
            'appointments_count',
            "status in ('attended', 'unknown') and staff_type in ('other', 'unknown')"
        ],
        ['appointments_attended', 'appointments_count', "status = 'attended'"],
        ['appointments_dna', 'appointments_count', "status = 'dna'"],
        ['appointments_unknown', 'appointments_count', "status = 'unknown'"],
        ['appointments_attended_or_dna', 'appointments_count', "status in ('attended', 'dna')"],
        ['appointments_with_wait', 'appointments_count', "wait_band <> 'unknown'"],
        [
            'appointments_within_14_days',
            'appointments_count',
            "wait_band in ('same_day', '1_day', '2_to_7_days', '8_to_14_days')"
        ],
        ['routine_gp_appointments', 'appointments_count', 'is_routine_gp'],
        ['routine_gp_wait_days_sum', 'wait_days_sum', 'is_routine_gp', 'is_wait_suppressed'],
        ['routine_gp_wait_days_sumsq', 'wait_days_sumsq', 'is_routine_gp', 'is_wait_suppressed'],
        ['gp_appointments_timed', 'appointments_count', "staff_type = 'gp' and " ~ recorded('minutes_sum')],
        ['gp_minutes', 'minutes_sum', "staff_type = 'gp'"],
    ]
) }}
