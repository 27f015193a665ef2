"""Commands of people who work with the figures: how one was made, SQL, the address of the database."""

import csv
import sys
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Annotated, Any

import typer

from pch.cli import machine
from pch.cli.common import Json, Period, Site, code, console, period_of, progress, role_of, the_settings

PANEL = "For analysts"
SHOWN = 1000  # rows of a table on the screen

Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="Connect as this role of the database.")]


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=PANEL)(explain)
    app.command(rich_help_panel=PANEL)(metrics)
    app.command(rich_help_panel=PANEL)(sql)
    db = typer.Typer(no_args_is_help=True, help="The warehouse's database: its address, its tables.")
    db.command()(url)
    db.command()(machine.prepare)
    db.command()(machine.site_role)
    app.add_typer(db, name="db", rich_help_panel=PANEL)


def explain(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="Code of the metric, e.g. PH01.")],
    site: Site,
    period: Period,
    window: Annotated[
        str | None,
        typer.Option(metavar="month|r12|fytd", help="The month, the twelve months ending with it, or April to it."),
    ] = None,
    json: Json = False,
) -> None:
    """How a figure was made: by stratum, practice and month, down to the files and their findings."""
    from pch.reports.explain import explain as trace
    from pch.reports.plain import as_json

    told = trace(the_settings(), metric.upper(), code(site) or "", period_of(period), window)
    if json:
        typer.echo(as_json(told))
        return
    from pch.reports.screen.explain import print_explanation

    print_explanation(console(), told)


def metrics(
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those whose review is overdue; exit code 1 where there is one.")
    ] = False,
    json: Json = False,
) -> None:
    """The defined set: what each metric is, its version, and when its definition is to be reviewed."""
    from pch import registry
    from pch.registry.worth_metric import WorthMetric, worth_metrics
    from pch.reports.plain import as_json
    from pch.reports.screen.metrics import print_metrics

    every: list[registry.Metric | WorthMetric] = [*registry.metrics().values(), *worth_metrics().values()]
    late = {m.code for m in registry.overdue(every, date.today())}
    shown = [m for m in every if not overdue or m.code in late]
    if json:
        typer.echo(as_json([m.model_dump() | {"is_review_overdue": m.code in late} for m in shown]))
    else:
        print_metrics(console(), shown, late)
    if overdue and late:
        raise typer.Exit(1)


def sql(
    query: Annotated[str, typer.Argument(metavar='"SELECT ..."', help="One statement; it cannot change anything.")],
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV. A text a spreadsheet would run as a formula gets a ' before it.")
    ] = False,
    role: Role = "analyst",
) -> None:
    """Ask the warehouse in SQL, in a read-only transaction."""
    from pch.warehouse.query import ask

    with ask(the_settings(), role_of(role), query) as answer:
        if as_csv:
            out = csv.writer(sys.stdout, lineterminator="\n")
            out.writerow(answer.columns)
            out.writerows([_harmless(cell) for cell in row] for row in answer.rows)
        else:
            _print_table(answer.columns, answer.rows)


def _print_table(columns: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    from pch.reports.screen import plain, table

    with progress("Asking"):
        shown = list(islice(rows, SHOWN))
    right = tuple(name for i, name in enumerate(columns) if shown and all(_is_number(row[i]) for row in shown))
    made = table(*columns, right=right)
    for row in shown:
        made.add_row(*(plain("" if cell is None else cell) for cell in row))
    screen = console()
    screen.print(made)
    more = next(rows, None) is not None
    screen.print(f"The first {SHOWN:,} rows; --csv prints all." if more else f"{len(shown):,} row(s)")


def _is_number(cell: object) -> bool:
    from decimal import Decimal

    return cell is None or isinstance(cell, int | float | Decimal)


def _harmless(cell: object) -> object:
    """Spreadsheets run a text that begins like a formula; numbers are numbers and stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def url(role: Role = "analyst") -> None:
    """Print the connection URL of a role, its password included."""
    typer.echo(the_settings().dsn(role_of(role)))
