"""The rules in force for a feed and a month, in words.

    expectations/*.json (row, submission, cross_feed) + load_rules.yml (contract, register) -> [Rule]

The suites are read as they are declared: nothing here runs them. The sentence of a rule is the one its findings
say, with ``…`` for what differs from finding to finding.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from pch import registry
from pch.findings import Layer, Severity
from pch.registry import SUITES
from pch.registry.feed import ColumnType, Identifier
from pch.registry.strict import Declared, read

_SEVERITY: dict[str, Severity] = {"critical": "error", "warning": "warning", "info": "information"}
_PLACEHOLDERS = re.compile(r"\{[^}]*\}(\s*\{[^}]*\})*")


class LoadRule(Declared):
    """A rule that no suite declares. ``column_types``: only of feeds with such a column; empty: of every feed."""

    severity: Severity
    sentence: str
    reason: str
    column_types: list[ColumnType] = []


class LoadRules(Declared):
    """By name, in the order in which a file meets them."""

    of_contract: dict[Identifier, LoadRule] = Field(alias="contract")
    of_register: dict[Identifier, LoadRule] = Field(alias="register")


@dataclass(frozen=True)
class Rule:
    """``sentence`` says what is wrong where the rule is broken, ``reason`` why it is asked."""

    rule: str
    layer: Layer
    severity: Severity
    sentence: str
    reason: str

    @property
    def name(self) -> str:
        return self.rule.replace("_", " ")


@dataclass(frozen=True)
class Compared:
    """A total that is set beside its history, or a ratio that is set beside other feeds and other sites."""

    label: str
    unremarkable: str
    reason: str


@cache
def load_rules() -> LoadRules:
    return read(Path(__file__).with_name("load_rules.yml"), LoadRules)


@cache
def rules_of(feed: str, period: date) -> dict[str, Rule]:
    """By name, in the order in which a file meets them."""
    types = {c.type for c in registry.feed(feed, period).columns}
    load: dict[Layer, dict[str, LoadRule]] = {
        "contract": load_rules().of_contract,
        "register": load_rules().of_register,
    }
    of_load = [
        Rule(name, layer, r.severity, r.sentence, r.reason)
        for layer, declared in load.items()
        for name, r in declared.items()
        if not r.column_types or types & set(r.column_types)
    ]
    of_row = _declared(feed, "row", period)
    of_review = [*_declared("submission", "submission", period), *_declared("history", "submission", period)]
    across = _declared("cross_feed", "cross_feed", period) if ratios(feed) else ()
    return {r.rule: r for r in (*of_load, *of_row, *of_review, *across)}


def totals(feed: str) -> list[Compared]:
    """Those of the feed's totals that are set beside earlier months of the same site."""
    return [
        Compared(_capital(t["label"]), f"up to {t['least_change_pct']:g}%", t["reason"])
        for t in _suite(feed)["meta"].get("totals", [])
        if t["least_change_pct"] is not None
    ]


def ratios(feed: str) -> list[Compared]:
    """The ratios of the feed's totals to those of other feeds."""
    return [
        Compared(_capital(r["label"]), f"{r['low']:,g} to {r['high']:,g}", r["reason"])
        for r in _suite("cross_feed")["meta"]["ratios"]
        if r["above"]["feed"] == feed
    ]


def _declared(suite: str, layer: Layer, period: date) -> Iterator[Rule]:
    month = f"{period:%Y-%m}"
    for e in _suite(suite)["expectations"]:
        meta = e["meta"]
        if meta.get("from", month) <= month <= meta.get("to", month):
            sentence = _capital(_PLACEHOLDERS.sub("…", meta["message"]))
            yield Rule(meta["rule"], layer, _SEVERITY[e["severity"]], sentence, meta["reason"])


@cache
def _suite(name: str) -> dict[str, Any]:
    suite: dict[str, Any] = json.loads((SUITES / f"{name}.json").read_text(encoding="utf-8"))
    return suite


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
