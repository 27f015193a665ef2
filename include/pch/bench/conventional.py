"""The conventional way, for comparison: a task's work per file, one file after the other.

pandas.read_csv -> a Great Expectations validation of that one file -> DataFrame.to_sql
"""

import io
import json
import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pch import registry
from pch.quality import suites
from pch.settings import Settings
from pch.simulate import Programme
from pch.simulate.programme import SimulatedFile

ONE_IN = 10


@dataclass(frozen=True)
class Conventional:
    """``seconds`` for ``files`` of the month's ``of_files``."""

    files: int
    of_files: int
    rows: int
    seconds: float

    @property
    def scaled(self) -> float:
        return self.seconds * self.of_files / self.files


def load_conventionally(settings: Settings, programme: Programme, period: date) -> Conventional:
    """Every tenth site's files of the month, into tables of a schema of their own; imports are not counted."""
    import great_expectations as gx
    from sqlalchemy import create_engine

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # tells of every folder
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("files")
    engine = create_engine(settings.dsn("owner", driver="postgresql+psycopg"))
    every = list(programme.files(period))
    tenth = {site.site_code for site in programme.sites[::ONE_IN]}
    chosen = [file for file in every if file.site_code in tenth]

    def load(number: int, file: SimulatedFile) -> int:
        numeric = registry.feed(file.feed).numeric_columns
        types = defaultdict(lambda: "str", dict.fromkeys(numeric, "float64"))
        frame = pd.read_csv(io.BytesIO(file.content), dtype=types)
        declared = json.loads((suites.FOLDER / f"{file.feed}.json").read_text())["expectations"]
        asked = [e for e in declared if e["kwargs"].get("column", "") in ("", *frame.columns)]
        suite = gx.ExpectationSuite(name=file.feed, expectations=asked)
        whole = source.add_dataframe_asset(f"file {number}").add_batch_definition_whole_dataframe("whole")
        whole.get_batch({"dataframe": frame}).validate(suite)
        frame.to_sql(file.feed, engine, schema="bench", if_exists="append", index=False)
        return len(frame)

    for number, file in enumerate(chosen[: len(chosen) // len(tenth)]):  # one site, not counted: imports, tables
        load(-1 - number, file)
    begun = time.perf_counter()
    rows = sum(load(number, file) for number, file in enumerate(chosen))
    seconds = time.perf_counter() - begun
    engine.dispose()
    return Conventional(len(chosen), len(every), rows, seconds)
