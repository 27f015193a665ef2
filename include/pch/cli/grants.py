"""Commands about grants: what sites were given, from which source, to spend in which months."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import team
from pch.cli.answers import Because, By
from pch.cli.common import Json, SomeSite, code, console, period_of, progress, the_settings
from pch.cli.declare import First, signed, tell, withdrawn

if TYPE_CHECKING:
    from pch.warehouse.programme.rows import Row

OfSite = Annotated[str, typer.Argument(metavar="SITE", help="Code of the site.")]
Source = Annotated[
    str,
    typer.Option(
        "--source", metavar="SOURCE", help="start_up_grant, per_patient_grant, commissioner or own, as in the ledger."
    ),
]
On = Annotated[
    datetime, typer.Option("--on", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The day it was awarded.")
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="What sites were given; the ledger says what they spent of it.")
    group.command("award")(award)
    group.command("import")(import_)
    group.command("withdraw")(withdraw)
    group.command("list")(list_)
    app.add_typer(group, name="grants", rich_help_panel=team.PANEL)


def award(
    site: OfSite,
    source: Source,
    on: On,
    first: First,
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month in which it may be spent.")],
    because: Because,
    amount: Annotated[float | None, typer.Option(metavar="GBP", help="What was given, in pounds.")] = None,
    per_patient: Annotated[
        float | None,
        typer.Option(metavar="GBP", help="Instead of --amount: pounds for a registered patient of the first month."),
    ] = None,
    by: By = None,
) -> None:
    """Record a grant. One of the same site, source and day stands for the earlier one."""
    if (amount is None) == (per_patient is None):
        raise typer.BadParameter("Give --amount or --per-patient: one of the two.")
    from pch.warehouse.db import connect
    from pch.warehouse.programme.grants import Award, amount_for_patients, award_grants, pounds

    where, begins = code(site) or "", period_of(first)
    with connect(the_settings(), "owner") as conn:
        if per_patient is None:
            given = pounds(str(amount))
        else:
            given = amount_for_patients(conn, where, source, begins, pounds(str(per_patient)))
        done = award_grants(
            conn, [Award(where, source, on.date(), given, begins, period_of(last), because)], signed(by)
        )
    tell(done, f"{where} was given £{given:,.2f} ({source}), to spend from {first} to {last}.")


def import_(file: Annotated[Path, typer.Argument(help="CSV, one line a grant; see below.")], by: By = None) -> None:
    """Record grants from a file: all its lines, or none.

    Columns site_code, funding_source, awarded_on, from_period, to_period, because, and amount_gbp; for a
    per_patient_grant gbp_per_patient may stand instead of it.
    """
    from pch.warehouse.db import connect
    from pch.warehouse.programme.files import import_grants

    with progress("Importing"), connect(the_settings(), "owner") as conn:
        done = import_grants(conn, file, signed(by))
    tell(done, f"{done.added:,} grant(s) recorded.")


def withdraw(site: OfSite, source: Source, on: On, because: Because, by: By = None) -> None:
    """Take back the grant of a day, as if it had never been."""
    key = {"site_code": code(site), "funding_source": source, "awarded_on": on.date()}
    withdrawn("grant_award", key, f"{source} of {code(site)} of {on:%Y-%m-%d}", because, by)


def list_(site: SomeSite = None, json: Json = False) -> None:
    """Every grant in force; what was spent of each is in the table grant_award of schema bi."""
    from pch.reports.plain import as_json, require_site, snapshot
    from pch.warehouse.programme.grants import current_awards

    chosen = code(site)
    with snapshot(the_settings()) as conn:
        if chosen:
            require_site(conn, chosen)
        found = current_awards(conn, chosen)
    if json:
        typer.echo(as_json(found))
    elif not found:
        typer.echo("No grant is recorded.")
    else:
        _print(found)


def _print(found: "list[Row]") -> None:
    from pch.reports.screen import moment, month, plain, table

    made = table("Site", "Source", "Awarded", "Pounds", "From", "To", "Because", "Recorded by", right=("Pounds",))
    for a in found:
        made.add_row(
            a["site_code"], a["funding_source"].replace("_", " "), a["awarded_on"].isoformat(),
            f"{a['amount_gbp']:,.2f}", month(a["first_period"]), month(a["last_period"]), plain(a["because"]),
            f"{a['awarded_by']}, {moment(a['recorded_at'])[:10]}",
        )  # fmt: skip
    console().print(made)
