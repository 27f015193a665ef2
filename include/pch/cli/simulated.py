"""The command that makes a simulated programme to try the system with: its files, and what is true of them."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pch.cli.common import period_of, progress
from pch.errors import Refused

PANEL = "The machine"


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=PANEL)(simulate)


def simulate(
    folder: Annotated[Path, typer.Argument(help="Where to write; must be empty or not be there yet.")],
    sites: Annotated[int, typer.Option(min=1, help="How many sites.")] = 185,
    months: Annotated[int, typer.Option(min=1, help="How many months each pushes.")] = 13,
    end: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The last month; without it, the last that is over.")
    ] = None,
    feeds: Annotated[
        str | None, typer.Option(metavar="FEED,...", help="Only these feeds; without it, all of them.")
    ] = None,
    faults: Annotated[float, typer.Option(min=0, max=1, metavar="SHARE", help="Share of the files to spoil.")] = 0.0,
    effect: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Share of emergency admissions that working programmes avoid."
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Another number makes another programme.")] = 20170401,
) -> None:
    """Write the files of a simulated programme, and the truth about them, to a folder.

    sites.csv is the register, grants.csv what the sites were given; <month>/<feed>/ holds a file a site; truth.csv
    says of every return what is wrong with it and which rule must find that; effects.csv which sites' programmes work,
    from when and how well.
    """
    from pch.simulate import Effects, Faults, Programme
    from pch.simulate.writing import write

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder. Name one that is empty or not there yet.")
    last: date | None = period_of(end) if end else None
    programme = Programme.create(
        sites=sites, months=months, end=last, seed=seed, feeds=_feeds(feeds),
        faults=Faults(faults, seed), effects=Effects(effect),
    )  # fmt: skip
    with progress("Simulating", months) as done:
        files = write(programme, folder, done)
    typer.echo(
        f"{files:,} files of {sites:,} sites and {months:,} months are in {folder}. To push them:\n"
        f"  pch sites import '{folder}/sites.csv'\n"
        f"  pch grants import '{folder}/grants.csv'\n"
        f"  (cd '{folder}' && for month in 2*; do for feed in $month/*; do\n"
        "    pch push $feed --period $month --feed ${feed#*/}; done; done)"
    )


def _feeds(text: str | None) -> list[str] | None:
    from pch.registry import feed

    return [feed(name.strip()).feed for name in text.split(",")] if text else None
