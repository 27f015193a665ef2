-- Grain: site x practice x period x measure, all workstreams and cohorts together; practice '' is the whole site.
-- The caseload is a snapshot of the last day of the month: over several months its mean counts, not its sum.
{{ measures_of(
    ref('stg_interventions'),
    measures=[
        ['intervention_contacts', 'contacts'],
        ['intervention_contacts_redirected_from_gp', 'redirected_from_gp'],
        ['intervention_starts', 'starts'],
        ['intervention_stops', 'stops'],
        ['intervention_mdt_reviews', 'mdt_reviews'],
        ['intervention_care_plans', 'care_plans'],
        ['intervention_caseload', 'caseload_open'],
    ]
) }}
