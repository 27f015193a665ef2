"""Commands of the evaluator pack: 'pch evaluate export' makes it, 'pch evaluate verify' checks one."""

from pathlib import Path
from typing import Annotated

import typer

from pch.cli.common import progress, the_settings


def export(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the bundle is written.")],
    evaluation: Annotated[
        int | None, typer.Option("--evaluation", metavar="N", help="Only if this is the evaluation that is shown.")
    ] = None,
) -> None:
    """Write the evaluator pack: one frozen bundle of what may leave the house, with what explains it.

    Figures under disclosure control as Parquet and CSV, the analysis and its charts, the definitions, the lineage, and
    a checksum of everything. The same raw files give the same bundle, byte for byte.
    """
    from pch.evaluation.reading import read
    from pch.pipeline.compiled import compiled
    from pch.reports.pack import export as write
    from pch.warehouse.db import connect

    settings = the_settings()
    with progress("Reading what was evaluated"), connect(settings, "evaluator") as conn:
        evidence = read(conn)
    with progress("Writing the bundle"):
        manifest = compiled(settings)
        pack = write(settings, manifest, to, evidence.panel_sha256 if evidence else None, evaluation)
    typer.echo(f"{pack.path}\n{pack.files_count} files, SHA-256 {pack.sha256}")


def verify(file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")]) -> None:
    """Whether a bundle is whole and untouched; exit code 1 if not."""
    from pch.reports.pack import verify as look

    found = look(file)
    for problem in found.problems:
        typer.echo(problem)
    if found.problems:
        raise typer.Exit(1)
    typer.echo(f"Whole and untouched: {found.files_count} files, SHA-256 {found.sha256}. Is it the one you were told?")
