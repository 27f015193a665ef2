"""The documents of the project as a static site: the metric dictionary, and dbt's own pages of the warehouse.

    a Postgres of its own, empty -> every model made once, with no data -> dbt docs generate -> write_documents

The site says what the code says: it needs no data, asks no warehouse that is in use and changes none.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from pch.local.postgres import HOST, EmbeddedPostgres
from pch.pipeline.build import BuildFailed, run_dbt
from pch.reports.dictionary import write_documents
from pch.settings import Settings, ensure_secrets
from pch.warehouse.bootstrap import prepare


def make(settings: Settings, folder: Path | None = None) -> Path:
    """Writes the site into ``folder`` (None: ``docs`` in the home folder); returns its index. Takes about a minute.
    Raises BuildFailed where a model cannot be made."""
    with empty_warehouse(settings) as own:
        return write(own, (folder or settings.home / "docs").resolve(), date.today())


def write(settings: Settings, folder: Path, today: date) -> Path:
    """The site, by means of a warehouse that may be changed: its models are made anew."""
    _dbt(settings, "run")
    _dbt(settings, "docs", "generate")
    return write_documents(folder, settings.home / "dbt" / "target", today)


def _dbt(settings: Settings, *command: str) -> None:
    result = run_dbt(settings, "--quiet", *command)
    if not result.success:
        failed = [r.node.name for r in getattr(result.result, "results", []) if str(r.status) == "error"]
        raise BuildFailed(f"The documents could not be made: {', '.join(failed) or result.exception}.")


@contextmanager
def empty_warehouse(settings: Settings) -> Iterator[Settings]:
    """Settings of a running Postgres with an empty warehouse; it is gone afterwards."""
    with TemporaryDirectory(prefix="pch-docs-") as home:
        own = settings.model_copy(update={"home": Path(home), "db_host": HOST, "db_port": _free_port()})
        ensure_secrets(own.home)
        postgres = EmbeddedPostgres(own)
        try:
            postgres.start()
            prepare(own)
            yield own
        finally:
            postgres.stop()
            shutil.rmtree(postgres.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind((HOST, 0))
        return int(s.getsockname()[1])
