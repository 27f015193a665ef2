"""Runs a Great Expectations suite over a frame, once, and says which rows break which expectation.

    expectations/<name>.json -> suite -> validate(frame) -> [Outcome(expectation, checked, positions)]

First a cheap pass that only asks whether each expectation holds, then, for those that do not, one that
lists the rows. Great Expectations takes seconds to import: import this module only where a suite is run.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import great_expectations as gx
import numpy as np
import numpy.typing as npt
import pandas as pd
from great_expectations.core.batch import Batch
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig

from pch.errors import RegistryError
from pch.findings import Severity
from pch.registry import SUITES

FOLDER = SUITES
_SEVERITY: dict[str, Severity] = {"critical": "error", "warning": "warning", "info": "information"}
_COLUMN_KEYS = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite, with what we say when it does not hold (``meta`` in the file)."""

    declared: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        kwargs = self.declared["kwargs"]
        named = [*(kwargs[k] for k in _COLUMN_KEYS if k in kwargs), *kwargs.get("column_list", [])]
        compared = [n.id for n in ast.walk(ast.parse(self.condition or "()")) if isinstance(n, ast.Name)]
        return list(dict.fromkeys(named + compared))

    @property
    def condition(self) -> str | None:
        """What a row must never be (a pandas query), of an expectation that compares columns: its column ought to
        be empty in the rows that are."""
        condition: str | None = self.declared["kwargs"].get("row_condition", {}).get("pass_through_filter")
        return condition

    @property
    def meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = self.declared["meta"]
        return meta

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self.declared["severity"]]

    def applies_to(self, period: date | None) -> bool:
        """Rules have their time, too: ``from`` and ``to`` in ``meta``, months, both included."""
        if period is None:
            return True
        month = f"{period:%Y-%m}"
        return bool(self.meta.get("from", month) <= month <= self.meta.get("to", month))

    @property
    def asks(self) -> bool:
        """Whether the site is asked for a reason: plausible, but odd."""
        return bool(self.meta.get("asks"))

    @property
    def threshold(self) -> str:
        """What holds where nothing is wrong, in short: ``0 to 168``, ``fte >= headcount``."""
        kwargs = self.declared["kwargs"]
        if self.condition:
            return f"never {self.condition}"
        if "regex" in kwargs:
            return f"like {kwargs['regex']}"
        if "column_A" in kwargs:
            relation = ">=" if kwargs.get("or_equal") else ">"
            return f"{kwargs['column_A']} {relation} {kwargs['column_B']}"
        if "value_set" in kwargs:
            return "one of " + ", ".join(str(v).lower() if isinstance(v, bool) else str(v) for v in kwargs["value_set"])
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        if low is None or high is None:
            return f"at least {low}" if high is None else f"at most {high}"
        return f"{low} to {high}"


@dataclass(frozen=True)
class Outcome:
    """An expectation and what it was asked of: ``checked`` rows (0: it did not apply), of which those at
    ``positions`` (places in the frame, ascending) break it."""

    expectation: Expectation
    checked: int
    positions: npt.NDArray[np.int64]


@cache
def declared(name: str) -> dict[str, Any]:
    """``expectations/<name>.json`` as it stands."""
    suite: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return suite


@cache
def load(name: str) -> tuple[Expectation, ...]:
    """The expectations of ``expectations/<name>.json``; raises RegistryError where one lacks its words."""
    path = FOLDER / f"{name}.json"
    suite = declared(name)
    for e in suite["expectations"]:
        if missing := {"rule", "message", "next_step", "reason"} - e.get("meta", {}).keys():
            raise RegistryError(f"{path}: {e['type']}: meta lacks {', '.join(sorted(missing))}")
        if e.get("severity") not in _SEVERITY:
            raise RegistryError(f"{path}: {e['meta']['rule']}: severity must be one of {', '.join(_SEVERITY)}")
    return tuple(Expectation(e) for e in suite["expectations"])


def outcomes(name: str, frame: pd.DataFrame, period: date | None = None) -> Iterator[Outcome]:
    """Every expectation of suite ``name`` that is in force in ``period``, with what of ``frame`` breaks it."""
    frame = frame.reset_index(drop=True)
    in_force = [e for e in load(name) if e.applies_to(period)]
    checked = {id(e): int(held(e, frame).sum()) for e in in_force}
    asked = [e for e in in_force if checked[id(e)]]
    broken: dict[int, npt.NDArray[np.int64]] = {}
    if asked:
        batch = _whole_frame().get_batch({"dataframe": frame})
        failed = [e for e, result in _validate(batch, name, asked, "BOOLEAN_ONLY") if not result.success]
        for e, result in _validate(batch, name, failed, "COMPLETE") if failed else ():
            broken[id(e)] = np.unique(np.asarray(result.result["unexpected_index_list"], dtype=np.int64))
    for e in in_force:
        yield Outcome(e, checked[id(e)], broken.get(id(e), np.empty(0, np.int64)))


def held(expectation: Expectation, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows it is asked of: those in which every column it looks at holds something."""
    if not set(expectation.columns) <= set(frame.columns):
        return np.zeros(len(frame), dtype=np.bool_)
    rows = np.ones(len(frame), dtype=np.bool_)
    for column in expectation.columns:
        rows &= frame[column].notna().to_numpy()
    return rows


@cache
def _context() -> EphemeralDataContext:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@cache
def _whole_frame() -> BatchDefinition:
    """Made once a process: every change to a context writes all of it anew."""
    source = _context().data_sources.add_pandas("frames")
    return source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def _validate(batch: Batch, name: str, asked: list[Expectation], detail: str) -> Iterator[tuple[Expectation, Any]]:
    """Each expectation with its result. Great Expectations returns them in an order of its own, so
    every one carries its place along in its meta."""
    suite = gx.ExpectationSuite(
        name=name, expectations=[{**e.declared, "meta": {"place": i}} for i, e in enumerate(asked)]
    )
    outcome = batch.validate(suite, result_format={"result_format": detail, "include_unexpected_rows": False})
    for result in outcome.results:
        expectation = asked[result.expectation_config.meta["place"]]
        if "'raised_exception': True" in str(result.exception_info):
            raise RegistryError(
                f"Suite {name}, rule {expectation.meta['rule']}: could not be run. Is it declared rightly?"
            )
        yield expectation, result
