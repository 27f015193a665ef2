"""Commands of the evaluation: what the programme changed, and whether that was worth what it cost."""

from typing import Annotated

import typer

from pch.cli import pack, team
from pch.cli.answers import Because, By
from pch.cli.common import Json, code, console, progress, the_settings
from pch.cli.declare import signed

OfArea = Annotated[
    str | None,
    typer.Option("--area", metavar="KIND:CODE", help="site:U09072, region:North or wave:1; without it, the programme."),
]
Prices = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="ITEM=GBP", help="Price of an event, e.g. emergency_spells=3000. Repeatable."),
]
Hourly = Annotated[
    list[str] | None,
    typer.Option("--hourly", metavar="ROLE=GBP", help="Price of an hour of staff, e.g. gp=150. Repeatable."),
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="What the programme changed, and whether it was worth it.")
    for verb, command in (("run", run), ("show", show), ("what-if", what_if), ("due", due), ("export", pack.export),
                          ("verify", pack.verify)):  # fmt: skip
        group.command(verb)(command)
    app.add_typer(group, name="evaluate", rich_help_panel=team.PANEL)


def run(because: Because, by: By = None) -> None:
    """Evaluate everything built so far, and build the tables that show it."""
    from pch.evaluation.run import evaluate
    from pch.pipeline.build import build_worth

    with progress("Estimating"):
        number = evaluate(the_settings(), because, signed(by))
    with progress("Building what shows it"):
        build_worth(the_settings())
    typer.echo(f"Evaluation {number} is done. 'pch evaluate show' prints it, 'pch claims list' what it says of claims.")


def show(area: OfArea = None, json: Json = False) -> None:
    """The newest evaluation: effects and worth, with their intervals and why nothing can be concluded."""
    from pch.reports.evaluation import newest
    from pch.reports.plain import as_json

    found = newest(the_settings(), *_area(area))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.evaluation import print_shown

    print_shown(console(), found)


def what_if(price: Prices = None, hourly: Hourly = None, area: OfArea = None, json: Json = False) -> None:
    """The worth figures again at other prices, beside the published ones. Nothing is stored.

    Prices are in pounds of the base year of the deflator.
    """
    from pch.evaluation.what_if import what_if as reckon

    with progress("Estimating"):
        found = reckon(the_settings(), _prices(price), _prices(hourly))
    kind, name = _area(area)
    chosen = [c for c in found if (c.published.area.area_type, c.published.area.area_code) == (kind, name)]
    if json:
        from pch.reports.plain import as_json

        typer.echo(as_json(chosen))
        return
    from pch.reports.screen.evaluation import print_compared

    print_compared(console(), [(f"{kind} {name}", c.published, c.otherwise) for c in chosen])


def due() -> None:
    """Say whether a refresh window has closed that no evaluation has seen; exit code 1 if not."""
    from pch.evaluation.run import due as is_due
    from pch.warehouse.db import connect

    with connect(the_settings(), "evaluator") as conn:
        found = is_due(conn)
    typer.echo("An evaluation is due." if found else "Nothing is due: no refresh window has closed since the last one.")
    if not found:
        raise typer.Exit(1)


def _area(text: str | None) -> tuple[str, str]:
    from pch.errors import Refused

    if text is None:
        return "programme", "all"
    kind, _, name = text.partition(":")
    if kind not in ("site", "region", "wave") or not name:
        raise Refused(f"'{text}' is no area. An area is written like site:U09072, region:North or wave:1.")
    return kind, (code(name) or name) if kind == "site" else name


def _prices(texts: list[str] | None) -> dict[str, float]:
    from pch.errors import Refused

    found = {}
    for text in texts or ():
        item, _, amount = text.partition("=")
        try:
            found[item] = float(amount)
        except ValueError:
            raise Refused(f"'{text}' is no price. A price is written like emergency_spells=3000.") from None
        if not 0 <= found[item] < 1e9:
            raise Refused(f"'{text}': a price is 0 or more.")
    return found
