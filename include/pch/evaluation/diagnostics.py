"""The checks an estimate has to pass before anything is concluded from it, each as a sentence.

estimators -> what was found when nothing should be -> Diagnostic -> verdict
"""

from collections.abc import Mapping

import numpy as np

from pch.evaluation.effect import Change
from pch.evaluation.pretrend import Pretrend
from pch.evaluation.results import Diagnostic
from pch.evaluation.verdict import POWER
from pch.registry.evaluation import Evaluation

LEAST_FIT = 0.05  # the library makes twenty placebo fits: 1 in 21 is as small as it gets


def pre_trend(found: Pretrend | None, settings: Evaluation) -> Diagnostic:
    if found is None:
        return Diagnostic("pre_trend", None, None, None, "Too few sites to test whether they moved apart before.")
    passed = found.p_value >= settings.alpha_diagnostic
    finding = (
        f"Before going live these sites moved as the others did ({_p(found.p_value)})."
        if passed
        else f"These sites moved apart from the others before they went live ({_p(found.p_value)}): what followed need "
        "not be the programme's doing."
    )
    return Diagnostic("pre_trend", passed, found.statistic, found.p_value, finding)


def placebo_date(found: Change | None, settings: Evaluation) -> Diagnostic:
    if found is None or found.error == 0:
        finding = "Too few months before going live to pretend that it was half a year earlier."
        return Diagnostic("placebo_date", None, None, None, finding)
    passed = found.p_value >= settings.alpha_diagnostic
    shown = f"{found.effect_pct.value:+.1f}%, {_p(found.p_value)}"
    finding = (
        f"Pretending that going live was half a year earlier finds nothing, as it should ({shown})."
        if passed
        else f"An effect shows half a year before going live ({shown}), when there can be none: something else is at "
        "work."
    )
    return Diagnostic("placebo_date", passed, found.statistic, found.p_value, finding)


def placebo_outcome(title: str, found: Change | None, settings: Evaluation) -> Diagnostic:
    """``title``: of an outcome that the programme cannot change."""
    if found is None or found.error == 0:
        return Diagnostic("placebo_outcome", None, None, None, f"There are no figures on: {title}.")
    passed = found.p_value >= settings.alpha_diagnostic
    shown = f"{found.effect_pct.value:+.1f}%, {_p(found.p_value)}"
    finding = (
        f"What the programme cannot change did not change: {title} ({shown})."
        if passed
        else f"What the programme cannot change has changed, too: {title} ({shown}). Something else is at work."
    )
    return Diagnostic("placebo_outcome", passed, found.statistic, found.p_value, finding)


def leave_one_out(whole: Change, without: Mapping[str, Change], what: str) -> Diagnostic:
    """``without``: the effect with each of ``what`` ("region", "site") left out. Only a conclusion can rest on one of
    them; where there is none nothing is tested."""
    if not without:
        return Diagnostic("leave_one_out", None, None, None, f"There is no {what} that could be left out.")
    values = [100 * float(np.expm1(c.value)) for c in without.values()]
    span = f"between {min(values):+.1f}% and {max(values):+.1f}%"
    odd = sorted(name for name, c in without.items() if whole.sign and c.sign != whole.sign)
    if odd:
        finding = f"The result rests on a single {what}: without {odd[0]} there is none."
        return Diagnostic("leave_one_out", False, float(len(odd)), None, finding)
    return Diagnostic("leave_one_out", True, 0.0, None, f"Whichever {what} is left out, the effect is {span}.")


def power(effect: Change, settings: Evaluation) -> Diagnostic:
    smallest, wanted = effect.detectable_pct, settings.detectable_effect_pct
    passed = smallest <= wanted
    finding = (
        f"A reduction of {smallest:.1f}% would have been found four times in five."
        if passed
        else f"Only a reduction of {smallest:.1f}% or more would be found four times in five; one of {wanted:g}% could "
        "be missed. More months or more sites are needed."
    )
    return Diagnostic(POWER, passed, smallest, None, finding)


def covered(pct: float, settings: Evaluation) -> Diagnostic:
    passed = pct >= settings.least_covered_pct
    finding = f"{pct:.0f}% of the months with effect have a site not yet live beside them to compare with." + (
        "" if passed else f" At least {settings.least_covered_pct:g}% are needed."
    )
    return Diagnostic("coverage", passed, pct, None, finding)


def enough_sites(count: int, settings: Evaluation) -> Diagnostic:
    passed = count >= settings.least_sites
    finding = f"{count} {'site' if count == 1 else 'sites'} with effect could be compared." + (
        "" if passed else f" At least {settings.least_sites} are needed to speak of more than single sites."
    )
    return Diagnostic("sites", passed, float(count), None, finding)


def fit(error: float, p_value: float | None) -> Diagnostic:
    """``error``: root mean square of what the synthetic site misses before going live, on the log scale; ``p_value``:
    share of the other sites that are met no better."""
    if p_value is None:
        return Diagnostic("fit", None, error, None, "Too few months before going live to judge the fit.")
    passed = p_value > LEAST_FIT
    finding = f"Before going live the weighted sites miss this one by {100 * error:.1f}% in a usual month" + (
        ", no more than they miss each other." if passed else ", more than they miss each other: they are no match."
    )
    return Diagnostic("fit", passed, error, p_value, finding)


def autocorrelation(correlation: float, p_value: float, settings: Evaluation) -> Diagnostic:
    """``correlation``: of neighbouring months, of what the model does not explain."""
    passed = p_value >= settings.alpha_diagnostic
    finding = (
        f"What is left unexplained does not carry over from month to month ({_p(p_value)})."
        if passed
        else f"What is left unexplained carries over from month to month (correlation {correlation:.2f}, "
        f"{_p(p_value)}): the months are not as many facts as they seem."
    )
    return Diagnostic("autocorrelation", passed, correlation, p_value, finding)


def inputs(complete_pct: float, settings: Evaluation) -> Diagnostic:
    """``complete_pct``: of the site-months, those whose programme inputs are complete; for figures that need cost."""
    passed = complete_pct >= settings.least_input_complete_pct
    finding = f"What the programme cost is known of {complete_pct:.0f}% of the months of its sites." + (
        "" if passed else f" At least {settings.least_input_complete_pct:g}% are needed for any figure on value."
    )
    return Diagnostic("inputs", passed, complete_pct, None, finding)


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.01 else f"p = {value:.2f}"
