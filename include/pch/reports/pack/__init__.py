"""The evaluator pack: one frozen bundle of what may leave the house, with what it takes to understand and check it.

    schema bi (as bi_reader) -> every table as Parquet and CSV  --\
    the same -> facts -> the charts of the pages as SVG           +-> files -> manifest (a checksum of each) -> zip
    registry, dbt's manifest -> dictionary, lineage, settings   --/

The same raw store gives the same bytes: no clock, no counter, rows in an order of their own, figures to nine digits.
The checksum of a bundle is that of its manifest, so it says what is in it and not how it was packed.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pch.errors import Refused
from pch.reports.pack import bundle, documents, plots, tables
from pch.reports.plain import snapshot
from pch.settings import Settings
from pch.warehouse.db import connect

__all__ = ["Pack", "export", "verify"]

verify = bundle.verify


@dataclass(frozen=True)
class Pack:
    path: Path
    sha256: str
    files_count: int


@dataclass(frozen=True)
class Shown:
    """The evaluation that schema bi shows."""

    evaluation_id: int
    first_period: date
    last_period: date
    panel_sha256: str
    code_version: str
    settings: dict[str, Any]
    seed: int


def export(
    settings: Settings, manifest: Path, folder: Path, panel_sha256: str | None, evaluation_id: int | None = None
) -> Pack:
    """Writes ``pch-evaluation-<last month>-<checksum>.zip`` into ``folder``. ``manifest``: of dbt, compiled;
    ``panel_sha256``: of the panel as it is now. Refused where schema bi shows no evaluation, another one than
    ``evaluation_id``, or one of other data."""
    shown = _shown(settings, panel_sha256, evaluation_id)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="pch-pack-") as aside:
        inside = Path(aside)
        with connect(settings, "bi_reader") as conn:
            conn.execute("set transaction isolation level repeatable read, read only")
            written = tables.write(conn, inside / "data", shown.last_period)
            plots.write(conn, inside / "plots")
        documents.write(inside, manifest, written, shown.settings)
        made = bundle.seal(inside, documents.about(shown))
        path = folder / f"pch-evaluation-{shown.last_period:%Y-%m}-{made.sha256[:12]}.zip"
        bundle.zipped(inside, made, path)
    return Pack(path, made.sha256, len(made.files))


def _shown(settings: Settings, panel_sha256: str | None, evaluation_id: int | None) -> Shown:
    with snapshot(settings) as conn:
        built = conn.execute("select to_regclass('bi.evaluation') is not null").fetchone()
        row = None
        if built and built[0]:
            row = conn.execute(
                """select c.evaluation_id, c.first_period, c.last_period, c.panel_sha256, c.code_version, c.settings,
                     c.seed
                   from eval.current_evaluation as c inner join bi.evaluation as b
                     on (b.panel_sha256, b.finished_at) = (c.panel_sha256, c.finished_at)"""
            ).fetchone()
    if row is None:
        raise Refused("Schema bi shows no evaluation, or an older one than the last: run 'pch evaluate run' first.")
    shown = Shown(*row)
    if evaluation_id not in (None, shown.evaluation_id):
        raise Refused(
            f"Schema bi shows evaluation {shown.evaluation_id}, and evaluation {evaluation_id} no more: its bundle is "
            "the one that was exported then. Leave the option out to export what is shown."
        )
    if panel_sha256 != shown.panel_sha256:
        raise Refused(
            f"The data have changed since evaluation {shown.evaluation_id}: figures and findings would not agree. Run "
            "'pch evaluate run', then export."
        )
    return shown
