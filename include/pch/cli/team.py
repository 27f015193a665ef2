"""Commands of the central team: the register, the state of every return, judging again."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pch.cli.common import (
    Json,
    SomeFeed,
    SomePeriod,
    SomeSite,
    code,
    console,
    progress,
    some_period,
    the_settings,
)

PANEL = "For the central team"


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=PANEL)(status)
    register = typer.Typer(no_args_is_help=True, help="The register of sites and their practices.")
    register.command("import")(import_)
    app.add_typer(register, name="sites", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(replay)
    app.command(rich_help_panel=PANEL)(rebuild)


def status(
    period: SomePeriod = None,
    site: SomeSite = None,
    feed: SomeFeed = None,
    show_all: Annotated[bool, typer.Option("--all", help="Every month, not only the last thirteen.")] = False,
    json: Json = False,
) -> None:
    """The state of every return, as the ledger has it now.

    With --site, each return of the site. --json has each return of every month asked for.
    """
    from pch.reports.plain import as_json
    from pch.reports.status import status as look

    found = look(the_settings(), code(site), feed, some_period(period))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.status import print_status

    print_status(console(), found, show_all=show_all, each_return=site is not None)


def import_(file: Annotated[Path, typer.Argument(help="CSV, one line a practice and site; see below.")]) -> None:
    """Load sites, practices and who belongs to whom from when to when.

    Columns site_code, site_name, practice_code, valid_from, and if known valid_to, region, start_date, went_live, wave,
    rural_pct, imd_quintile. The file is the whole truth about the sites it names and says nothing of others.
    """
    from pch.warehouse.db import connect
    from pch.warehouse.register import import_sites, read_register

    lines = read_register(file)
    with progress("Importing"), connect(the_settings(), "owner") as conn:
        done = import_sites(conn, lines, date.today())
    typer.echo(
        f"Imported {done.sites:,} sites, {done.practices:,} practices, {done.memberships:,} memberships. "
        f"{done.months_changed:,} month(s) wait to be built for it, {done.replayed:,} submission(s) are judged again."
    )


def replay(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with the submissions and the audit.")],
    site: SomeSite = None,
    feed: SomeFeed = None,
    period: SomePeriod = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, even if it concerns everything.")] = False,
) -> None:
    """Judge submissions again from their stored bytes, by today's rules and register."""
    from pch.pipeline.replay import put_back, submissions_of

    settings, month, site = the_settings(), some_period(period), code(site)
    chosen = submissions_of(settings, site, feed, month)
    if not (site or feed or month or yes):
        typer.confirm(f"This judges all {len(chosen):,} submissions again. Go on?", abort=True)
    count = put_back(settings, chosen, reason)
    already = f" ({len(chosen) - count:,} were waiting already)" if count < len(chosen) else ""
    typer.echo(f"{count:,} submission(s) wait to be judged again{already}. 'pch status' shows when it is done.")


def rebuild(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept in the audit.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget everything that was made from the stored bytes, verdicts included, and make it again."""
    from pch.warehouse.db import connect
    from pch.warehouse.rebuild import forget

    settings = the_settings()
    if not yes:
        typer.confirm("The marts stay empty until it is done. Go on?", abort=True)
    with progress("Emptying"), connect(settings, "owner") as conn:
        count = forget(conn, reason)
    typer.echo(f"{count:,} submission(s) wait to be loaded again. 'pch status' shows when it is done.")
