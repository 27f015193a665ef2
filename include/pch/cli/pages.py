"""The command that writes the pages of data quality, of progress, and of cost and value."""

from typing import Annotated

import typer

from pch.cli import team
from pch.cli.common import period_of, progress, the_settings


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=team.PANEL)(pages)


def pages(
    period: Annotated[
        list[str] | None, typer.Option(metavar="YYYY-MM", help="Only this month and the year after it; again for more.")
    ] = None,
) -> None:
    """Write the pages of data quality, of each site's progress, and of cost and value, and say where.

    Plain HTML that opens in any browser, without a server or a network. The pages of a month also show the trend of the
    year before it, so a month that changed is written together with the year after it.
    """
    from pch.reports.pages import write_pages

    months = [period_of(text) for text in period] if period else None
    with progress("Writing the pages"):
        index = write_pages(the_settings(), months)
    typer.echo(f"The pages begin at {index.as_uri()}")
