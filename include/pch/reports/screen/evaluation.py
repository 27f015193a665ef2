"""``pch evaluate show`` and ``pch evaluate what-if`` for people."""

from collections.abc import Iterable
from typing import Protocol

from rich.console import Console
from rich.text import Text

from pch.reports.evaluation import Effect, Shown
from pch.reports.screen import moment, month, plain, table

STYLES = {"worth_it": "green", "lower": "green", "not_worth_it": "red", "higher": "red", "cannot_conclude": "yellow"}
_DECIMALS = {"admissions": 0, "gbp_per_patient_year": 2, "gbp_per_admission": 0, "gbp_per_gp_hour": 2}


class Valued(Protocol):
    """A figure of cost-effectiveness."""

    @property
    def metric_code(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def lower_95(self) -> float | None: ...
    @property
    def upper_95(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def verdict(self) -> str: ...


def print_shown(console: Console, found: Shown) -> None:
    made = found.evaluation
    area = "The programme" if found.area_type == "programme" else f"{found.area_type.capitalize()} {found.area_code}"
    console.print(plain(f"{area}, {month(made.first_period)} to {month(made.last_period)}", "bold"))
    console.print(plain(f"Evaluated {moment(made.finished_at)} by {made.run_by}: {made.because}"))
    console.print(plain(f"Panel {made.panel_sha256[:12]}, code {made.code_version}\n"))
    numbers = ("Effect", "95% interval", "Avoided", "Site-months")
    effects = table("Outcome", "Method", *numbers, "Verdict", "Why", right=numbers)
    for e in found.effects:
        effects.add_row(
            e.outcome_title, e.method.replace("_", " "), _pct(e.effect_pct),
            _between(_pct(e.effect_lower_95), _pct(e.effect_upper_95)), _avoided(e), f"{e.site_months_count:,}",
            _verdict(e.verdict), plain(e.reason or ""),
        )  # fmt: skip
    console.print(effects)
    worth = table("Worth", "Of", "Figure", "95% interval", "Unit", "Verdict", "Why", right=("Figure", "95% interval"))
    for w in found.worth:
        worth.add_row(
            w.metric_code, w.variant.replace("_", " "), _figure(w.value, w.unit), _interval(w),
            w.unit.replace("_", " "), _verdict(w.verdict), plain(w.reason or ""),
        )  # fmt: skip
    console.print(worth)


def print_compared(console: Console, pairs: Iterable[tuple[str, Valued, Valued]]) -> None:
    """Area, as published, as it would be."""
    numbers = ("Published", "95% interval", "What if", "95% interval of it")
    made = table("Area", "Worth", "Of", *numbers, "Unit", "Verdict", right=numbers)
    for area, one, other in pairs:
        verdict = one.verdict if one.verdict == other.verdict else f"{one.verdict} -> {other.verdict}"
        made.add_row(
            area, one.metric_code, one.variant.replace("_", " "), _figure(one.value, one.unit), _interval(one),
            _figure(other.value, other.unit), _interval(other), one.unit.replace("_", " "), _verdict(verdict),
        )  # fmt: skip
    console.print(made)


def _verdict(name: str) -> Text:
    return plain(name.replace("_", " "), STYLES.get(name, ""))


def _pct(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}%"


def _avoided(e: Effect) -> str:
    return "" if e.avoided is None else f"{e.avoided:,.0f}{' GBP' if e.is_money else ''}"


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.{_DECIMALS[unit]}f}"


def _interval(w: Valued) -> str:
    return _between(_figure(w.lower_95, w.unit), _figure(w.upper_95, w.unit))


def _between(lower: str, upper: str) -> str:
    return f"{lower} to {upper}" if lower and upper else ""
