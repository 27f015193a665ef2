"""Commands of mail to sites: whom it goes to, what was sent and what would be."""

from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import team
from pch.cli.answers import By
from pch.cli.common import Json, SomeSite, code, console, the_settings
from pch.cli.declare import signed

if TYPE_CHECKING:
    from rich.console import Console

    from pch.notices.shown import Mails

_Site = Annotated[str, typer.Argument(metavar="SITE", help="Code of the site.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Whom the mail of a site goes to.")
    group.command("set")(set_)
    group.command("list")(list_)
    group.command()(remove)
    app.add_typer(group, name="contacts", rich_help_panel=team.PANEL)
    app.command(rich_help_panel=team.PANEL)(notices)


def set_(
    site: _Site,
    emails: Annotated[list[str], typer.Argument(metavar="EMAIL...", help="One address or several.")],
    by: By = None,
) -> None:
    """Give a site these addresses, in place of any it had. What happens from now on is mailed to them."""
    from pch.notices.contacts import set_contacts
    from pch.warehouse.db import connect

    settings, name = the_settings(), code(site) or ""
    with connect(settings, "owner") as conn:
        done = set_contacts(conn, name, emails, signed(by))
    typer.echo(f"Mail about {name} goes to {', '.join(emails)}: {done.added:,} added, {done.removed:,} removed.")
    if not settings.mail_from:
        typer.echo("No mail is sent yet: PCH_MAIL_FROM is not set.", err=True)


def list_(site: SomeSite = None, json: Json = False) -> None:
    """Every address, by site."""
    from pch.notices.contacts import contacts
    from pch.warehouse.db import connect

    with connect(the_settings(), "owner") as conn:
        found = contacts(conn, code(site))
    if json:
        from pch.reports.plain import as_json

        typer.echo(as_json(found))
        return
    from pch.reports.screen import moment, plain, table

    if not found:
        typer.echo("No site has a contact. 'pch contacts set SITE EMAIL' gives it one.")
        return
    shown = table("Contact", "Site", "Address", "Since", "Added by", right=("Contact",))
    for c in found:
        shown.add_row(str(c.contact_id), c.site_code, plain(c.email), moment(c.added_at), plain(c.added_by))
    console().print(shown)


def remove(
    site: _Site,
    emails: Annotated[
        list[str] | None, typer.Argument(metavar="[EMAIL...]", help="Which; without one, all of them.")
    ] = None,
    by: By = None,
) -> None:
    """Take addresses away from a site."""
    from pch.notices.contacts import remove_contacts
    from pch.warehouse.db import connect

    name = code(site) or ""
    with connect(the_settings(), "owner") as conn:
        done = remove_contacts(conn, name, emails or [], signed(by))
    typer.echo(f"{done.removed:,} address(es) of {name} removed.")


def notices(
    site: SomeSite = None,
    mail: Annotated[int | None, typer.Option(metavar="NUMBER", help="Print the text of this mail.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the text of what would be sent now.")] = False,
    json: Json = False,
) -> None:
    """What would be mailed to sites now, what waits, what was sent and what failed."""
    from pch.notices.shown import body, mails

    if mail is not None:
        typer.echo(body(the_settings(), mail))
        return
    found = mails(the_settings(), code(site))
    if json:
        from pch.reports.plain import as_json

        typer.echo(as_json(found))
    else:
        _print(console(), found, text)


def _print(screen: "Console", found: "Mails", text: bool) -> None:
    from pch.reports.screen import moment, plain, table

    off = "" if found.is_on else " No mail is sent: PCH_MAIL_FROM is not set."
    screen.print(f"{found.contacted_count:,} of {found.sites_count:,} sites have a contact.{off}")
    if found.next:
        screen.print(plain(f"To be told{'' if found.is_on else ', if mail were sent'}: {len(found.next):,}", "bold"))
    for letter in found.next:
        screen.print(plain(f"  {letter.subject_line}" + (f"\n\n{letter.body}" if text else "")))
    if found.mails:
        shown = table("Mail", "Made", "State", "Subject", "Tries", "Said of it", right=("Mail", "Tries"))
        for m in found.mails:
            shown.add_row(
                str(m.mail_id), moment(m.made_at), plain(m.state, _STYLES[m.state]), plain(m.subject_line),
                str(m.tries_count), plain(m.reason),
            )  # fmt: skip
        screen.print(shown)


_STYLES = {"sent": "green", "waiting": "yellow", "failed": "red"}
