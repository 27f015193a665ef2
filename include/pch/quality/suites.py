"""Runs a Great Expectations suite over a frame, once, and says which rows break which expectation.

    expectations/<name>.json -> suite -> validate(frame) -> [Violation(expectation, positions)]

First a cheap pass that only asks whether each expectation holds, then, for those that do not, one that
lists the rows. Great Expectations takes seconds to import: import this module only where a suite is run.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
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
from pch.settings import PROJECT

FOLDER = PROJECT / "expectations"
_SEVERITY: dict[str, Severity] = {"critical": "error", "warning": "warning", "info": "information"}
_COLUMN_KEYS = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite, with what we say when it does not hold (``meta`` in the file)."""

    declared: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        kwargs = self.declared["kwargs"]
        return [*(kwargs[k] for k in _COLUMN_KEYS if k in kwargs), *kwargs.get("column_list", [])]

    @property
    def meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = self.declared["meta"]
        return meta

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self.declared["severity"]]


@dataclass(frozen=True)
class Violation:
    """``positions`` are the places of the offending rows in the frame, ascending."""

    expectation: Expectation
    positions: npt.NDArray[np.int64]


@cache
def load(name: str) -> tuple[Expectation, ...]:
    """The expectations of ``expectations/<name>.json``; raises RegistryError where one lacks its words."""
    path = FOLDER / f"{name}.json"
    suite = json.loads(path.read_text())
    for e in suite["expectations"]:
        if missing := {"rule", "message", "next_step", "reason"} - e.get("meta", {}).keys():
            raise RegistryError(f"{path}: {e['type']}: meta lacks {', '.join(sorted(missing))}")
        if e.get("severity") not in _SEVERITY:
            raise RegistryError(f"{path}: {e['meta']['rule']}: severity must be one of {', '.join(_SEVERITY)}")
    return tuple(Expectation(e) for e in suite["expectations"])


def violations(name: str, frame: pd.DataFrame) -> Iterator[Violation]:
    """What ``frame`` breaks of suite ``name``. Expectations on columns it does not have do not apply."""
    frame = frame.reset_index(drop=True)
    asked = [e for e in load(name) if set(e.columns) <= set(frame.columns)]
    if frame.empty or not asked:
        return
    batch = _whole_frame().get_batch({"dataframe": frame})
    broken = [e for e, result in _validate(batch, name, asked, "BOOLEAN_ONLY") if not result.success]
    if not broken:
        return
    for expectation, result in _validate(batch, name, broken, "COMPLETE"):
        positions = np.unique(np.asarray(result.result["unexpected_index_list"], dtype=np.int64))
        yield Violation(expectation, positions)


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
