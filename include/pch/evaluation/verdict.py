"""What may be concluded from an estimate and its diagnostics.

Nothing where a diagnostic failed; lower or higher where the 95% interval excludes no effect; that no effect was shown
where an effect worth having would have been seen; else, again, nothing.
"""

from collections.abc import Sequence

from pch.evaluation.effect import Change
from pch.evaluation.results import Diagnostic, EffectVerdict

POWER = "power"


def judge(effect: Change, diagnostics: Sequence[Diagnostic]) -> tuple[EffectVerdict, str | None]:
    """The verdict, and why where nothing can be concluded."""
    failed = [d for d in diagnostics if d.is_passed is False]
    wrong = [d for d in failed if d.diagnostic != POWER]
    if wrong:
        return "cannot_conclude", " ".join(d.finding for d in wrong)
    if effect.sign:
        return ("lower" if effect.sign < 0 else "higher"), None
    if failed:
        return "cannot_conclude", " ".join(d.finding for d in failed)
    return "no_effect_shown", None
