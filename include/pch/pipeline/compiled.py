"""The models as dbt compiles them for this warehouse: what the lineage is read from."""

from pathlib import Path

from pch.pipeline.build import BuildFailed, run_dbt
from pch.settings import Settings


def compiled(settings: Settings) -> Path:
    """dbt's manifest with the SQL of every model. Changes nothing in the warehouse. Raises BuildFailed."""
    result = run_dbt(settings, "--quiet", "compile")
    if not result.success:
        raise BuildFailed(f"The models could not be compiled: {result.exception or 'see the log of dbt'}.")
    return settings.home / "dbt" / "target" / "manifest.json"
