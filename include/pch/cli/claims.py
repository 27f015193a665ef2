"""Commands of the register of claims: what was said in public, and what the evaluation says of it."""

from pathlib import Path
from typing import Annotated

import typer

from pch.cli import team
from pch.cli.answers import Because, By
from pch.cli.common import Json, SomeSite, code, console, the_settings
from pch.cli.declare import signed, tell, withdrawn


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True, help="Public claims, each bound to a metric and tested by the evaluation."
    )
    for verb, command in (("add", add), ("list", list_), ("withdraw", withdraw)):
        group.command(verb)(command)
    app.add_typer(group, name="claims", rich_help_panel=team.PANEL)


def add(file: Annotated[Path, typer.Argument(help="YAML, a list of claims; see below.")], by: By = None) -> None:
    """Register claims from a file: all of them, or none. The next evaluation tests them.

    claims: a list, each with claim (its code), site (left out: the programme), statement, source, claimed_on,
    quantity (gbp_saved, admissions_avoided or change), metric, version, first_period, last_period, claimed,
    claimed_before (of a change), overlap_group, because.
    """
    from pch.warehouse.db import connect
    from pch.warehouse.programme.claims import add_claims

    with connect(the_settings(), "owner") as conn:
        done = add_claims(conn, file, signed(by))
    tell(done, f"{done.added:,} claim(s) registered. The next evaluation tests them ('pch evaluate run').")


def withdraw(
    claim: Annotated[str, typer.Argument(metavar="CODE", help="Code of the claim.")], because: Because, by: By = None
) -> None:
    """Take a claim off the register."""
    withdrawn("claim", {"claim_code": code(claim)}, f"claim {code(claim)}", because, by)


def list_(site: SomeSite = None, json: Json = False) -> None:
    """Every claim in force, with what the newest evaluation says of it."""
    from pch.reports.claims import current_claims
    from pch.reports.plain import as_json

    found = current_claims(the_settings(), code(site))
    if json:
        typer.echo(as_json(found))
    elif not found:
        typer.echo("No claim is registered.")
    else:
        from pch.reports.screen.claims import print_claims

        print_claims(console(), found)
