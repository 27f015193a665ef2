"""Commands about budgets: what a site may spend for a patient, from when on, and who bears the difference."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import team
from pch.cli.answers import Because, By
from pch.cli.common import Json, SomeSite, code, console, period_of, progress, the_settings
from pch.cli.declare import First, of, signed, tell, withdrawn

if TYPE_CHECKING:
    from pch.warehouse.programme.rows import Row

OrEvery = Annotated[
    str | None, typer.Argument(metavar="[SITE]", help="Code of the site; without it, every site without its own.")
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="What sites may spend for a patient, and who bears the difference.")
    commands: dict[str, Callable[..., None]] = {
        "set": set_, "import": import_, "withdraw": withdraw, "list": list_,
    }  # fmt: skip
    for verb, command in commands.items():
        group.command(verb)(command)
    app.add_typer(group, name="budgets", rich_help_panel=team.PANEL)


def set_(
    first: First,
    gbp: Annotated[float, typer.Option(help="Pounds for a patient of average need and month, in money of the month.")],
    gain_share: Annotated[float, typer.Option(help="Of a surplus beyond the corridor, percent the site keeps.")],
    loss_share: Annotated[float, typer.Option(help="Of a deficit beyond the corridor, percent the site bears.")],
    corridor: Annotated[float, typer.Option(help="Percent of the budget within which nothing is shared.")],
    cap: Annotated[float, typer.Option(help="Percent of the budget that a site gains at most.")],
    collar: Annotated[float, typer.Option(help="Percent of the budget that a site bears at most.")],
    because: Because,
    site: OrEvery = None,
    by: By = None,
) -> None:
    """Set a unified, capitated budget and its rule of sharing. It holds until the next one begins."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.budgets import Budget, set_budgets

    budget = Budget(
        code(site), period_of(first), gbp, gain_share, loss_share, corridor, cap, collar, because
    )  # fmt: skip
    with connect(the_settings(), "owner") as conn:
        done = set_budgets(conn, [budget], signed(by))
    tell(done, f"The budget {whose(budget.site_code)} is £{gbp:,.2f} a patient and month from {first}.")


def import_(file: Annotated[Path, typer.Argument(help="CSV, one line a budget; see below.")], by: By = None) -> None:
    """Set budgets from a file: all its lines, or none.

    Columns from_period, gbp_per_weighted_person_month, gain_share_pct, loss_share_pct, corridor_pct, cap_pct,
    collar_pct, because, and if meant site_code (empty: every site without one of its own).
    """
    from pch.warehouse.db import connect
    from pch.warehouse.programme.files import import_budgets

    with progress("Importing"), connect(the_settings(), "owner") as conn:
        done = import_budgets(conn, file, signed(by))
    tell(done, f"{done.added:,} budget(s) set.")


def withdraw(first: First, because: Because, site: OrEvery = None, by: By = None) -> None:
    """Take back the budget that begins with a month."""
    key = {"site_code": code(site), "from_period": period_of(first)}
    withdrawn("budget", key, f"budget {whose(code(site))} from {first}", because, by)


def list_(site: SomeSite = None, json: Json = False) -> None:
    """Every budget in force; with --site, its own and that of all."""
    from pch.reports.plain import as_json, require_site, snapshot
    from pch.warehouse.programme.budgets import current_budgets

    chosen = code(site)
    with snapshot(the_settings()) as conn:
        if chosen:
            require_site(conn, chosen)
        found = current_budgets(conn, chosen)
    if json:
        typer.echo(as_json(found))
    elif not found:
        typer.echo("No budget is in force.")
    else:
        _print(found)


def _print(found: "list[Row]") -> None:
    from pch.reports.screen import moment, month, plain, table
    from pch.warehouse.calendar import add_months

    numbers = ("Pounds", "Gain %", "Loss %", "Corridor %", "Cap %", "Collar %")
    made = table("Site", "From", "Until", *numbers, "Because", "Signed", right=numbers)
    for b in found:
        until = month(add_months(b["effective_to"], -1)) if b["effective_to"] else ""
        shares = (b[f"{name}_pct"] for name in ("gain_share", "loss_share", "corridor", "cap", "collar"))
        made.add_row(
            b["site_code"] or "every other", month(b["from_period"]), until,
            f"{b['gbp_per_weighted_person_month']:,.2f}", *(f"{share:g}" for share in shares), plain(b["because"]),
            f"{b['signed_by']}, {moment(b['signed_at'])}",
        )  # fmt: skip
    console().print(made)


def whose(site: str | None) -> str:
    return of(site) if site else "of every site without one of its own"
