"""The command ``pch``: arguments in, functions of the rooms called, words or JSON out.

    sites (for sites) | team (the central team) | answers (both, to one another) | analysts | machine (the stack itself)
    progress (is a site better than it was) | declare (what is aimed at, chosen and said) | pages (of data quality)
    grants (what sites were given) | budgets (what they may spend for a patient) | claims (what was said in public)
    evaluate (what the programme changed, and whether it was worth it) | simulated (a programme to try it with)

Nothing is decided here. Each command imports what it needs when it runs, so that ``pch --help`` is quick.
"""

from typing import Annotated

import typer

from pch.cli import (
    analysts,
    answers,
    budgets,
    claims,
    contacts,
    declare,
    door,
    drops,
    evaluate,
    grants,
    machine,
    pages,
    progress,
    simulated,
    sites,
    team,
)
from pch.cli.common import Commands

app = Commands(
    name="pch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from pch.warehouse.version import code_version

        typer.echo(f"pch-progress {code_version()}")
        raise typer.Exit()


@app.callback()
def pch(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Follows Primary Care Home sites against a defined set of metrics and costs.

    A site pushes a file for a feed and a month.
    [bold]pch status[/] says what became of it, [bold]pch findings[/] what is wrong with it,
    [bold]pch explain[/] how a figure was made of it.
    """


for group in (
    sites,
    door,
    drops,
    team,
    contacts,
    progress,
    declare,
    grants,
    budgets,
    claims,
    evaluate,
    answers,
    pages,
    analysts,
    machine,
    simulated,
):
    group.add_to(app)
