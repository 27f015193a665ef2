"""What a fault is: how it spoils a file, what must come of that, and which feeds it can befall.

A module of this folder declares each fault by decorating the function that does it:

    @fault("error", "bad_date", befalls=has("date"))
    def impossible_date(content, scene): ...
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from pch.findings import Layer, Severity, Verdict
from pch.registry import NUMERIC, Column, Feed, feeds
from pch.registry import feed as contract_of
from pch.registry.feed import ColumnType

Expected = Verdict | Literal["missing"]
History = Literal["any", "needed", "none"]
VERDICT: dict[Severity, Verdict] = {"error": "rejected", "warning": "accepted_with_warnings", "information": "accepted"}


@dataclass(frozen=True)
class Scene:
    """What a fault may need to know besides the bytes. ``stranger``: a practice of ``other_site``;
    ``last_month``: the sound file of the same site and feed, a return before; ``others_file``: that of
    ``other_site`` for the same month."""

    feed: str
    period: date
    other_site: str
    stranger: str
    last_month: Callable[[], bytes]
    others_file: Callable[[], bytes]
    rng: np.random.Generator

    @property
    def contract(self) -> Feed:
        return contract_of(self.feed)


Spoiler = Callable[[bytes, Scene], bytes]


@dataclass(frozen=True)
class Fault:
    """``rules``: by each feed it can befall, the rule of the finding that must come of it (empty where nothing
    is to be said), of ``severity`` and made by ``layer``. ``history``: whether it can only be noticed beside
    the return before (needed), or only where there is none (none)."""

    name: str
    spoil: Spoiler
    severity: Severity | None
    rules: Mapping[str, str]
    layer: Layer
    history: History
    suffix: str

    @property
    def expected(self) -> Verdict:
        return VERDICT[self.severity or "information"]


FAULTS: dict[str, Fault] = {}


def every(contract: Feed) -> bool:
    return True


def fault(
    severity: Severity | None = None,
    rule: str | Mapping[str, str] | Callable[[Feed], str] = "",
    *,
    befalls: Callable[[Feed], bool] = every,
    layer: Layer = "contract",
    history: History = "any",
    suffix: str = ".csv",
) -> Callable[[Spoiler], Spoiler]:
    """``rule`` by feed, where it differs: a mapping of all it can befall, or a function of the contract."""

    def rule_for(contract: Feed) -> str:
        if callable(rule):
            return rule(contract)
        return rule if isinstance(rule, str) else rule.get(contract.feed, "")

    def register(spoil: Spoiler) -> Spoiler:
        able = [c for c in feeds().values() if befalls(c) and not (isinstance(rule, Mapping) and c.feed not in rule)]
        rules = {c.feed: rule_for(c) for c in able}
        FAULTS[spoil.__name__] = Fault(spoil.__name__, spoil, severity, rules, layer, history, suffix)
        return spoil

    return register


#  --- what a contract says that a fault wants to know


def amount(contract: Feed) -> Column:
    """The column that carries what the feed is about: the first number that must be there, else its money."""
    numbers = [c for c in contract.columns if c.type in NUMERIC]
    return next(
        (c for c in numbers if not c.nullable), next(iter([c for c in numbers if c.type == "money"]), numbers[0])
    )


def category(contract: Feed) -> Column | None:
    """The first category that must be there."""
    return next((c for c in contract.columns if c.type == "category" and not c.nullable), None)


def keys(contract: Feed) -> list[Column]:
    return [contract.column(name) for name in contract.grain]


def has(kind: ColumnType, *, nullable: bool | None = None) -> Callable[[Feed], bool]:
    """Whether a feed has a column of the type, and one that may be empty or must not be."""

    def befalls(contract: Feed) -> bool:
        return any(c.type == kind and nullable in (None, c.nullable) for c in contract.columns)

    return befalls


def has_totals(contract: Feed) -> bool:
    """Whether rows may stand for totals that can be compared: over a column of the key, of some count."""
    return any(c.totals for c in keys(contract)) and has("count")(contract)
