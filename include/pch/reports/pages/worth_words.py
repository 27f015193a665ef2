"""How cost and value are said: pounds, shares of chance, names of services and tests, the answer in one sentence.

Every function takes what the warehouse has and gives a phrase or a sentence. Where there is no figure it says why, and
what to do.
"""

from collections.abc import Callable, Mapping
from math import floor, log10

from pch.registry.worth_metric import worth_metrics
from pch.reports.pages.words import NONE, month_name, pct, plural
from pch.reports.pages.worth_facts import Completeness, Diagnostic, Effect, Evaluated, Worth

SERVICES = {
    "emergency_hospital": "Emergency hospital care",
    "planned_hospital": "Planned hospital care",
    "general_practice": "General practice",
    "community": "Community services",
    "prescribing": "Prescribing",
    "programme_inputs": "The programme itself",
}
SOURCES = {
    "start_up_grant": "Start-up grant",
    "per_patient_grant": "Grant per patient",
    "commissioner": "Commissioner",
    "own": "Own money",
    "in_kind": "Time given unpaid, at its price",
}
METHODS = {
    "staggered": "Compared with sites that had not begun",
    "synthetic_control": "Compared with a made-up twin of sites that had not begun",
    "interrupted_series": "As the site's own course would have gone on",
    "before_after": "Before and after only",
}
CHECKS = {
    "sites": "Are there enough sites?",
    "coverage": "Could enough of their months be compared?",
    "pre_trend": "Were they alike before?",
    "placebo_date": "Does a made-up start show nothing?",
    "placebo_outcome": "Is what the programme cannot change unchanged?",
    "leave_one_out": "Does it hold without any one region or twin?",
    "power": "Could an effect worth having be seen?",
    "inputs": "Is what was put in known?",
    "fit": "Did the comparison follow the site before?",
    "autocorrelation": "Are the months independent enough?",
}
CLAIMS = {"supported": "supported", "not_supported": "not supported", "not_yet_testable": "not yet testable"}
EFFECTS = {
    "lower": "fewer than without the programme",
    "higher": "more than without the programme",
    "no_effect_shown": "no effect shown",
    "cannot_conclude": "cannot conclude",
}
AVOIDED = {
    "worth_it": "fewer admissions",
    "not_worth_it": "more admissions",
    "no_difference_shown": "no effect shown",
    "cannot_conclude": "cannot conclude",
}
VERDICTS = {
    "worth_it": "worth it",
    "not_worth_it": "not worth it",
    "no_difference_shown": "cannot be told from chance",
    "cannot_conclude": "cannot conclude",
}
NOT_EVALUATED = "Nothing has been evaluated yet. 'pch evaluate run' does it."


def pounds(value: float | None) -> str:
    """Three digits: pence below ten pounds, millions in words."""
    if value is None:
        return NONE
    sign, size = "−" if value < 0 else "", abs(value)
    if size >= 999_500:
        return f"{sign}£{_digits(size / 1e6)} million"
    return f"{sign}£{size:,.2f}" if size < 100 else f"{sign}£{float(f'{size:.3g}'):,.0f}"


def count(value: float | None) -> str:
    """Three digits."""
    if value is None:
        return NONE
    sign, size = "−" if value < 0 else "", abs(value)
    return f"{sign}{_digits(size)}"


def _digits(size: float) -> str:
    if size == 0:
        return "0"
    decimals = max(2 - floor(log10(size)), 0)
    return f"{float(f'{size:.3g}'):,.{min(decimals, 2)}f}"


def percent(value: float | None) -> str:
    return NONE if value is None else f"{value:+,.1f}%".replace("-", "−")


def between(
    lower: float | None, upper: float | None, said: Callable[[float | None], str], lead: str = "95% interval "
) -> str:
    return "" if lower is None or upper is None else f"{lead}{said(lower)} to {said(upper)}"


def of_100(probability: float) -> str:
    """A probability as people say it."""
    n = round(100 * probability)
    return "fewer than 1 in 100" if n < 1 else "more than 99 in 100" if n > 99 else f"{n} in 100"


def check_of(d: Diagnostic) -> str:
    return CHECKS.get(d.diagnostic, d.diagnostic.replace("_", " ").capitalize() + "?")


def name_of(w: Worth) -> str:
    return worth_metrics()[w.metric_code].name


def variant_of(w: Worth) -> str:
    return worth_metrics()[w.metric_code].variants[w.variant].title


def verdict_of(w: Worth) -> str:
    return (AVOIDED if w.unit == "admissions" else VERDICTS)[w.verdict]


def unit_of(w: Worth) -> Callable[[float | None], str]:
    return pounds if "gbp" in w.unit else count


def lowered(sentence: str) -> str:
    """A sentence as the part of another one after 'because': codes and names keep their capitals."""
    first, _, _ = sentence.partition(" ")
    plain = first.isalpha() and first[1:].islower()
    return (sentence[:1].lower() + sentence[1:] if plain else sentence).rstrip(".")


def answer(
    who: str, net: Worth | None, per_pound: tuple[float, float, float] | None, evaluated: Evaluated | None
) -> str:
    """Worth it? In one sentence. ``who``: the programme, or the programme at a site; ``per_pound``: what came back for
    each pound put in, with its 95% limits."""
    cannot = f"We cannot conclude yet whether {who} pays for itself, because"
    if evaluated is None:
        return f"{cannot} nothing has been evaluated yet. 'pch evaluate run' does it."
    if net is None:
        return f"{cannot} the last evaluation, up to {month_name(evaluated.last_period)}, could not reckon it."
    if net.verdict == "cannot_conclude" or net.value is None:
        return f"{cannot} {lowered(net.reason or 'the evaluation gives no reason')}."
    came_back = f"its net benefit is {pounds(net.value)} per patient and year"
    if per_pound:
        back, low, high = per_pound
        came_back = f"for each pound put in, {pounds(back)} came back (95% interval {pounds(low)} to {pounds(high)})"
    return {
        "worth_it": f"Yes: {came_back}.",
        "not_worth_it": f"No, not in money: {came_back}.",
        "no_difference_shown": f"It cannot be told from chance whether {who} pays for itself: {came_back}.",
    }[net.verdict]


def changed(e: Effect | None) -> str:
    """The estimate in a sentence, and which months and sites it speaks of."""
    if e is None:
        return NOT_EVALUATED
    if e.effect_pct is None:
        return f"No estimate could be made. {e.reason or ''}".strip()
    limits = between(e.effect_lower_95, e.effect_upper_95, percent)
    said = f"Emergency admissions: {percent(e.effect_pct)} of what would have been ({limits}): {EFFECTS[e.verdict]}."
    return " ".join(part for part in (said, e.reason, _covered(e)) if part)


def _covered(e: Effect) -> str:
    if e.first_period is None or e.last_period is None:
        return ""
    could = "" if e.covered_pct is None else f"; {pct(e.covered_pct)} of the months with effect could be compared"
    sites = plural(e.sites_count, "site", "sites")
    months = plural(e.site_months_count, "site-month", "site-months")
    return f"{month_name(e.first_period)} to {month_name(e.last_period)}, {sites}, {months}{could}."


def misleads(naive: Effect | None, estimate: Effect | None) -> str:
    """The before-and-after comparison beside the estimate, and why it is not to be trusted."""
    if naive is None or naive.effect_pct is None:
        return "No before-and-after comparison was made here, and none is missed: the page of the programme shows why."
    said = f"Simply comparing the months before with those after gives {percent(naive.effect_pct)}"
    why = ("It puts down to the programme whatever else changed in those months: the season, the winter's flu, what "
           "happened in every other site of the region. Do not quote it.")  # fmt: skip
    if estimate is None or estimate.effect_pct is None:
        return f"{said}. {why}"
    apart = naive.effect_pct - estimate.effect_pct
    beside = f"compared with what would have been it is {percent(estimate.effect_pct)}"
    if abs(apart) < 0.5:
        return f"{said}; {beside}, here nearly the same, which nobody could have known beforehand. {why}"
    return f"{said}; {beside}. The difference of {abs(apart):.1f} percentage points is not the programme's. {why}"


def inputs_known(found: Completeness | None) -> str:
    if found is None or not found.months_count:
        return "No site-month is due yet in which inputs would be told."
    share = pct(100 * found.complete_months_count / found.months_count)
    return f"Known in full for {found.complete_months_count:,} of {found.months_count:,} site-months ({share})."


def assumptions(stored: Mapping[str, object]) -> list[tuple[str, str]]:
    """Names in words; lists and what has parts of its own on one line."""
    return [(name.replace("_", " "), _plain(said)) for name, said in stored.items()]


def _plain(said: object) -> str:
    if isinstance(said, dict):
        return "; ".join(f"{str(name).replace('_', ' ')} {_plain(part)}" for name, part in said.items())
    if isinstance(said, list):
        return "; ".join(map(_plain, said))
    return f"{said:,.10g}" if isinstance(said, float) else NONE if said is None else str(said)
