"""How figures of progress are said: in the words and units of people, like the sentences of the warehouse beside them
(``dbt_project/macros/progress.sql``), or why there are none.

Every function takes what the warehouse has and gives a phrase or a sentence; None where there is nothing to say.
"""

from datetime import date
from math import floor, log10

from pch.registry.metric import MetricUnit
from pch.reports.declared import Priority, Target
from pch.reports.pages.progress_facts import Funnel, Judged, Peers
from pch.reports.pages.words import NONE, moment, month_name, pct

VERDICTS = {
    "improved": "improved",
    "worsened": "worsened",
    "changed": "changed, neither better nor worse",
    "no_detectable_change": "no detectable change",
    "too_early": "too early to tell",
    "cannot_say": "cannot say",
}
UNITS: dict[MetricUnit, str] = {
    "pct": "%",
    "pct_per_year": "% a year",
    "days": " days",
    "score": " points",
    "per_1000_person_years": " per 1,000 patients a year",
    "per_100000_person_years": " per 100,000 patients a year",
    "per_1000_person_months": " per 1,000 patients a month",
    "per_10000_persons": " per 10,000 patients",
    "hours_per_1000_person_months": " hours per 1,000 patients a month",
    "gbp_per_person_month": " per patient a month",
    "gbp_per_1000_person_months": " per 1,000 patients a month",
    "gbp_per_astro_pu": " per prescribing unit (ASTRO-PU)",
}
PARTS = {
    "performance": "What the same practices did",
    "roster": "Practices that came or went",
    "mix": "Some practices weighing more than before",
    "price": "Prices, or what was bought",
    "coverage": "Data that are absent or were restated",
    "definition": "Another definition",
}
LEVELS = {"in_place": "in place", "partly": "partly", "not_started": "not started"}
VARIATION = {
    "common_cause": "Nothing but chance in the newest month",
    "improvement_high": "The newest month is better than chance makes, and high",
    "improvement_low": "The newest month is better than chance makes, and low",
    "concern_high": "The newest month is worse than chance makes, and high",
    "concern_low": "The newest month is worse than chance makes, and low",
    "neutral_high": "The newest month is higher than chance makes",
    "neutral_low": "The newest month is lower than chance makes",
}
ASSURANCE = {
    "pass": "as things are, every month will meet the target",
    "fail": "as things are, no month will meet the target",
    "inconsistent": "as things are, chance decides in which months the target is met",
}
CAUSES = {
    "Above UCL": "above the upper limit",
    "Below LCL": "below the lower limit",
    "7 Point Trend (Increasing)": "in a rise of seven months or more",
    "7 Point Trend (Decreasing)": "in a fall of seven months or more",
    "2 in 3 Above CL": "near the upper limit twice in three months",
    "2 in 3 Below CL": "near the lower limit twice in three months",
    "7 Points Above CL": "in a run of seven months or more above the mean",
    "7 Points Below CL": "in a run of seven months or more below the mean",
}
POSITIONS = {
    "High (0.001)": "above the 99.8% limits of chance for its size",
    "High (0.025)": "above the 95% limits of chance for its size",
    "Not significant": "within the limits of chance for its size",
    "Low (0.025)": "below the 95% limits of chance for its size",
    "Low (0.001)": "below the 99.8% limits of chance for its size",
}
LEAST_PEERS = 5  # the middle of fewer would be their own figures
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh")


def figure(value: float | None, unit: str) -> str:
    """Three digits, more before the point; money in pounds and pence."""
    if value is None:
        return NONE
    sign, size = "−" if value < 0 else "", abs(value)
    if unit.startswith("gbp"):
        return f"{sign}£{size:,.2f}"
    if size == 0 or size >= 1000:
        return f"{sign}{size:,.0f}"
    return f"{sign}{size:,.{max(2 - floor(log10(size)), 0)}f}"


def quantity(value: float | None, unit: str) -> str:
    """With its unit."""
    return NONE if value is None else figure(value, unit) + unit_words(unit)


def unit_words(unit: str) -> str:
    return UNITS[unit] if unit in UNITS else f" {unit.replace('_', ' ')}"  # type: ignore[index]


def unit_alone(unit: str) -> str:
    """As a heading says it: pounds have their name, which figures show by their sign."""
    return ("£ " if unit.startswith("gbp") else "") + unit_words(unit).strip()


def unit_of_change(unit: str) -> str:
    """A difference of percentages is one of percentage points."""
    return unit_words(unit).replace("%", " percentage points")


def difference(value: float | None, unit: str) -> str:
    """Signed, without its unit."""
    if value is None:
        return NONE
    return figure(value, unit) if value <= 0 else f"+{figure(value, unit)}"


def interval(lower: float | None, upper: float | None, unit: str) -> str | None:
    return None if lower is None or upper is None else f"{figure(lower, unit)} to {figure(upper, unit)}"


def interval_of_change(lower: float | None, upper: float | None, unit: str) -> str | None:
    return None if lower is None or upper is None else f"{difference(lower, unit)} to {difference(upper, unit)}"


def percent_of_baseline(value: float | None) -> str:
    return NONE if value is None else f"{value:+.1f}%".replace("-", "−")


def window(period_window: str, period: date | None) -> str:
    if period is None:
        return ""
    return ("the twelve months to " if period_window == "r12" else "") + month_name(period)


def months(periods: list[date]) -> str:
    """Oldest first."""
    if len(periods) == 1:
        return month_name(periods[0])
    return f"{len(periods):,} months of {month_name(periods[0])} to {month_name(periods[-1])}"


def beside_the_figure(j: Judged) -> list[str]:
    """How good the data behind it are, as far as they are not simply in order."""
    said = []
    if j.value is not None and j.coverage_pct is not None and j.coverage_pct < 100:
        said.append(f"The data cover {pct(j.coverage_pct)} of registered patients.")
    if j.edition == "provisional":
        said.append("Provisional: the primary close is still to come.")
    if j.open_questions_count:
        said.append(f"Open questions to the site: {j.open_questions_count:,}.")
    if band := interval(j.sensitivity_lower, j.sensitivity_upper, j.unit):
        said.append(f"What is absent or in question could make it {band}.")
    if j.worst_finding_message:
        said.append(f"Worst open finding: {j.worst_finding_message}")
    if j.nominal_value is not None:
        said.append(f"In money of the time {figure(j.nominal_value, j.unit)}.")
    return said


def no_figure(j: Judged) -> str:
    return f"No figure: {j.state_reason or j.state.replace('_', ' ')}."


def frozen(j: Judged) -> str:
    if j.baseline_frozen_at is None:
        return "Not frozen yet."
    by = "" if j.baseline_frozen_by in (None, "pipeline") else f" by {j.baseline_frozen_by}: {j.baseline_because}"
    return f"Frozen on {j.baseline_frozen_at:%-d %B %Y}{by}".rstrip(".") + "."


def could_be_seen(j: Judged) -> list[str]:
    """How large a change must be, and how long it takes, to show at this site."""
    if j.baseline_value is None:
        return ["Cannot say because there is no settled baseline yet."]
    if j.method in ("quotient", "count_share"):
        return [f"A complete count: nothing in it is chance. A change of less than {j.worthwhile_change_pct:g}% counts "
                "as none."]  # fmt: skip
    half, most = j.minimum_detectable_change_pct_50, j.minimum_detectable_change_pct_80
    if half is None or most is None:
        return ["Cannot say because too little is known of how far chance moves the figure."]
    return [
        f"A real change of {_about(half)}% of the baseline would show in half of all cases, one of {_about(most)}% in "
        "four of five.",
        f"A change worth having ({j.worthwhile_change_pct:g}%) would "
        + ("never show against this baseline, which is too unsure itself." if j.months_to_show_worthwhile_change is None
           else f"show, in four of five cases, after {_months(j.months_to_show_worthwhile_change)} of figures."),
    ]  # fmt: skip


def _about(value: float) -> str:
    """Two digits."""
    return f"{float(f'{value:.2g}'):g}"


def _months(count: int) -> str:
    return "1 month" if count == 1 else f"{count:,} months"


def target(j: Judged, declared: Target | None) -> list[str]:
    """What is aimed at in the month, whether that is met, and what was declared."""
    if declared is None and j.target_value is None:
        return ["None is set."]
    said = []
    if j.target_value is not None:
        met = {True: ": met", False: ": not met", None: ""}[j.is_target_met]
        said.append(f"{quantity(j.target_value, j.unit)} in {month_name(j.period)}{met}.")
    if declared is not None:
        whose = "The programme's" if declared.site_code is None else "The site's own"
        course = f"{figure(declared.value, j.unit)} from {month_name(declared.from_period)} on"
        if declared.to_period and declared.to_value is not None:
            course = (f"{figure(declared.value, j.unit)} in {month_name(declared.from_period)} to "
                      f"{figure(declared.to_value, j.unit)} in {month_name(declared.to_period)}")  # fmt: skip
        said.append(f"{whose}: {course}. {declared.because}")
        if j.target_value is None and declared.from_period <= j.period:
            said.append("It was set after these figures were built.")
    return said


def priority(p: Priority, period: date) -> str:
    """From when on, and by whom."""
    until = f" to {month_name(p.to_period)}" if p.to_period else " on"
    later = " It begins after the month shown." if p.from_period > period else ""
    on = moment(p.set_at).partition(",")[0]
    return f"Chosen by {p.set_by} on {on}, from {month_name(p.from_period)}{until}.{later}"


def process(j: Judged) -> str:
    """What the XmR chart says of the newest month, and promises for the target."""
    if j.variation_icon is None:
        return f"Of {month_name(j.period)} the chart says nothing because it has no figure."
    promise = f"; {ASSURANCE[j.assurance_icon]}" if j.assurance_icon else ""
    return f"{VARIATION[j.variation_icon]}{promise}."


def among_peers(j: Judged, found: Peers | None) -> str:
    if j.value is None:
        return "Cannot say because there is no figure."
    if found is None:
        return "Cannot say because the site's peers are not known."
    if found.peers_count < LEAST_PEERS:
        return f"Cannot say because only {found.peers_count:,} of its peers have a figure."
    best = "lowest" if j.polarity == "neutral" else "best"
    nth = ORDINALS[found.rank_among_peers - 1] if found.rank_among_peers else ""
    place = best.capitalize() if nth == "first" else f"{nth.capitalize()} {best}"
    middle = interval(found.peer_lower_quartile, found.peer_upper_quartile, j.unit)
    return (f"{place} of the site and {found.peers_count:,} peers. Half of the peers are at {middle}; their median is "
            f"{figure(found.peer_median, j.unit)}.")  # fmt: skip


def among_all(j: Judged, found: Funnel | None) -> str:
    if j.value is None:
        return "Cannot say because there is no figure."
    if found is None:
        return "Cannot say because the sites were not compared."
    said = f"One of {found.sites_compared_count:,} sites with a figure, too few for tenths."
    if found.decile is not None:
        ends = {1: ", the lowest values", 10: ", the highest values"}.get(found.decile, "")
        said = f"In the {ORDINALS[found.decile - 1]} tenth of {found.sites_compared_count:,} sites from below{ends}."
    if found.funnel_position is None:
        return f"{said} Whether by chance cannot be said because {found.funnel_position_reason}."
    better = " (better)" if found.is_better else " (worse)" if found.is_worse else ""
    wider = ""
    if found.funnel_position != "Not significant" and found.is_beyond_overdispersed is not None:
        wider = ", also" if found.is_beyond_overdispersed else ", but not"
        wider += " where sites are allowed to differ by more than chance"
    return f"{said} It is {POSITIONS[found.funnel_position]}{better}{wider}."
