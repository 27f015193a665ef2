"""Commands of the front door: the process itself, and the keys to it."""

from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli.answers import Because, By
from pch.cli.common import Json, SomeSite, code, console, the_settings

if TYPE_CHECKING:
    from pch.warehouse.keys import KeyState

PANEL = "The front door"

OrTeam = Annotated[str | None, typer.Argument(metavar="SITE", help="Code of the site.", show_default=False)]
Team = Annotated[bool, typer.Option("--team", help="For somebody of the central team: every site.")]
Holder = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose it is, as receipts and the audit name them.")
]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    app.command("door", rich_help_panel=PANEL)(serve)
    keys = typer.Typer(no_args_is_help=True, help="Keys of sites and of the central team, and sign-in links.")
    keys.command("make")(make_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    keys.command("link")(make_link)
    app.add_typer(keys, name="keys", rich_help_panel=PANEL)


def serve() -> None:
    """Open the front door, HTTP API and portal, in this process; it stays in the foreground."""
    from pch.door.server import serve as run

    run(the_settings())


def make_key(
    site: OrTeam = None,
    team: Team = False,
    feed: Annotated[
        list[str] | None, typer.Option("--feed", metavar="FEED", help="Only for this feed; again for another.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 400,
    holder: Holder = None,
    by: By = None,
) -> None:
    """Make a key and print it, once: nothing keeps it. Keys made before it stay valid."""
    from datetime import UTC, datetime, timedelta

    from pch.cli.declare import signed
    from pch.warehouse import keys
    from pch.warehouse.db import connect

    until = datetime.now(UTC) + timedelta(days=days)
    whose, name = _whose(site, team, holder)
    with connect(the_settings(), "owner") as conn:
        key = keys.make(conn, whose, name, until, signed(by), feed or None)
    typer.echo(key)
    what = f"{whose or 'every site'} and {', '.join(feed) if feed else 'every feed'}"
    typer.echo(
        f"The key of {name}, for {what}, is valid until {until:%-d %B %Y}. It is shown this once: hand it over safely.",
        err=True,
    )


def list_keys(site: SomeSite = None, json: Json = False) -> None:
    """Every key: whose, for what, until when, last used. Never the secret."""
    from pch.reports.plain import as_json
    from pch.warehouse import keys
    from pch.warehouse.db import connect

    with connect(the_settings(), "analyst") as conn:
        found = keys.known(conn, code(site))
    typer.echo(as_json(found)) if json else _print_keys(found)


def revoke_key(
    key: Annotated[str, typer.Argument(metavar="KEY_ID", help="As 'pch keys list' has it; or the address of a link.")],
    because: Because,
    by: By = None,
) -> None:
    """End a key or a link, and the sessions begun with it, at once and for good."""
    from pch.cli.declare import signed
    from pch.warehouse import keys
    from pch.warehouse.db import connect

    _, is_link, token = key.strip().rpartition("/")
    with connect(the_settings(), "owner") as conn:
        if is_link:
            keys.revoke_link(conn, token, because, signed(by))
        else:
            keys.revoke(conn, token, because, signed(by))
    typer.echo(f"{'The link' if is_link else f'The key {token}'} is not valid any more.")


def make_link(
    holder: Annotated[str, typer.Option(metavar="NAME", help="Whom it is for, as receipts and the audit name them.")],
    site: OrTeam = None,
    team: Team = False,
    hours: Annotated[int, typer.Option(min=1, max=168, help="Until when it can be used.")] = 24,
    by: By = None,
) -> None:
    """Print an address that signs a person in to the portal, once."""
    from datetime import timedelta

    from pch.cli.declare import signed
    from pch.warehouse import keys
    from pch.warehouse.db import connect

    settings = the_settings()
    whose, name = _whose(site, team, holder)
    with connect(settings, "owner") as conn:
        token = keys.make_link(conn, whose, name, timedelta(hours=hours), signed(by))
    typer.echo(f"{settings.door_address}/sign-in/{token}")
    typer.echo(
        f"It signs {name} in for {whose or 'every site'}, once, within {hours} hour(s). If it goes astray, end it: "
        "'pch keys revoke ADDRESS'.",
        err=True,
    )


def _whose(site: str | None, team: bool, holder: str | None) -> tuple[str | None, str]:
    """The site (None: the central team) and the holder's name."""
    from pch.errors import Refused

    if bool(site) == team:
        raise Refused("Name a site, or say --team for somebody of the central team, who sees every site.")
    if team and not holder:
        raise Refused("A key of the central team is a person's: give their name with --holder.")
    return code(site), holder or f"Site {code(site)}"


def _print_keys(found: "list[KeyState]") -> None:
    from pch.reports.screen import moment, plain, table
    from pch.warehouse.keys import SOON_DAYS

    shown = table("Key", "Site", "Feeds", "Holder", "State", "Made", "Until", "Last used")
    for key in found:
        state = "ends soon" if key.ends_soon else key.state
        style = {"valid": "green", "ends soon": "yellow"}.get(state, "red")
        words = (moment(key.made_at)[:10], moment(key.expires_at)[:10], moment(key.last_used_at) or "never")
        shown.add_row(
            key.key_id, plain(key.site_code or "central team"),
            plain(", ".join(key.feeds) if key.feeds is not None else "every feed"), plain(key.holder),
            plain(state, style), *words,
        )  # fmt: skip
    console().print(shown)
    soon = sum(key.ends_soon for key in found)
    valid = sum(key.state == "valid" for key in found)
    typer.echo(f"{len(found):,} key(s), {valid:,} valid, {soon:,} of these for {SOON_DAYS} days at most.")
    if soon:
        typer.echo("Make their successors with 'pch keys make' before they end; both are valid meanwhile.")
