"""What it takes to understand a bundle: what its tables and figures are, where they come from, what made them.

registry, dbt's manifest, the tables written -> README.txt, tables.json, dictionary.json, lineage.json, evaluation/,
reference/ and what the manifest says of all
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from pch import registry
from pch.registry.evaluation import evaluation
from pch.registry.measure import measures
from pch.registry.worth_metric import worth_metrics
from pch.reports.lineage import Lineage
from pch.reports.pack.tables import DECIMALS, DIGITS, Written, plain
from pch.settings import PROJECT
from pch.warehouse.version import code_version

FORMAT = 1
LIBRARIES = ("diff-diff", "numpy", "pyarrow", "scipy", "statsmodels")
"""What estimated the effects and wrote the files: another version may give other bytes."""
SOURCES = (".csv", ".j2", ".json", ".py", ".sql", ".yml")


class Shown(Protocol):
    """The evaluation that is exported."""

    @property
    def first_period(self) -> date: ...
    @property
    def last_period(self) -> date: ...
    @property
    def panel_sha256(self) -> str: ...
    @property
    def code_version(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def settings(self) -> dict[str, Any]: ...


def about(shown: Shown) -> dict[str, Any]:
    """What the manifest says beside its files."""
    return {
        "format": FORMAT,
        "first_period": f"{shown.first_period:%Y-%m}",
        "last_period": f"{shown.last_period:%Y-%m}",
        "panel_sha256": shown.panel_sha256,
        "seed": shown.seed,
        "evaluated_by_version": shown.code_version,
        "exported_by_version": code_version(),
        "source_sha256": source_sha256(),
        "settings_are_as_declared": shown.settings == evaluation().model_dump(mode="json"),
        "definitions": {code: metric.version for code, metric in registry.metrics().items()}
        | {code: metric.version for code, metric in worth_metrics().items()},
        "libraries": {name: version(name) for name in LIBRARIES},
        "figures": f"{DIGITS} digits, at most {DECIMALS} of them after the point",
    }


def write(folder: Path, manifest: Path, written: Iterable[Written], settings: Mapping[str, Any]) -> None:
    """``manifest``: of dbt, compiled. ``settings``: those that the evaluation used."""
    shutil.copyfile(Path(__file__).with_name("README.txt"), folder / "README.txt")
    tables = {w.table: {"description": w.description, "rows": w.rows_count, "columns": [asdict(c) for c in w.columns]}
              for w in written}  # fmt: skip
    _put(folder / "tables.json", tables)
    _put(folder / "dictionary.json", _dictionary())
    _put(folder / "lineage.json", _lineage(Lineage.of(manifest)))
    (folder / "evaluation").mkdir()
    _put(folder / "evaluation" / "settings.json", plain(dict(settings)))
    shutil.copyfile(registry.HERE / "evaluation.yml", folder / "evaluation" / "evaluation.yml")
    shutil.copytree(registry.REFERENCE, folder / "reference", ignore=_but_tables)


def _but_tables(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".csv")]


def _dictionary() -> dict[str, Any]:
    """Every version of every definition, and what the measures and the columns of the feeds are."""
    return {
        "metrics": {code: _plain(versions) for code, versions in registry.definitions().items()},
        "cost_effectiveness": {code: _plain([metric]) for code, metric in worth_metrics().items()},
        "measures": dict(measures()),
        "feeds": {name: _plain(versions) for name, versions in registry.contracts().items()},
    }


def _plain(versions: Iterable[BaseModel]) -> list[Any]:
    return [each.model_dump(mode="json") for each in versions]


def _lineage(lineage: Lineage) -> dict[str, Any]:
    """What each measure is made of, and which measures a metric has."""
    return {
        "measures": {code: asdict(lineage.of_measure(code)) for code in measures()},
        "metrics": {
            metric.definition_id: {term: made.measure for term, made in lineage.of_metric(metric).items()}
            for versions in registry.definitions().values()
            for metric in versions
        },
    }


@cache
def source_sha256() -> str:
    """Of the code and the declared facts that made the figures: version numbers alone do not tell a checkout."""
    package = Path(__file__).parents[2]
    roots = [package, *(PROJECT / name for name in ("dbt_project", "expectations"))]
    digest = hashlib.sha256()
    for root in (r for r in roots if r.is_dir()):
        for path in sorted(p for p in root.rglob("*") if p.suffix in SOURCES and p.is_file()):
            digest.update(f"{root.name}/{path.relative_to(root).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _put(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
