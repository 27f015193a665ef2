"""Commands of the front door: the process itself, and the keys to it."""

import typer

from pch.cli.common import the_settings

PANEL = "The front door"


def add_to(app: typer.Typer) -> None:
    app.command("door", rich_help_panel=PANEL)(serve)


def serve() -> None:
    """Open the front door, HTTP API and portal, in this process; it stays in the foreground."""
    from pch.door.server import serve as run

    run(the_settings())
