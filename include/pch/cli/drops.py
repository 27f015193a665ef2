"""Commands of the drop folders: what was picked up from them, and a look at them now."""

from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli.common import Json, SomeSite, code, console, progress, the_settings

if TYPE_CHECKING:
    from rich.table import Table

    from pch.intake.drops import Listed, Waiting

PANEL = "The front door"


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True)
    group.callback()(drops)
    group.command()(sweep)
    app.add_typer(group, name="drops", rich_help_panel=PANEL)


def drops(
    context: typer.Context,
    site: SomeSite = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="So many, the newest.")] = 50,
    json: Json = False,
) -> None:
    """What was picked up from drop folders or refused, and what lies there and waits."""
    if context.invoked_subcommand:
        return
    from pch.intake.drops import listed, waiting
    from pch.reports.plain import as_json, snapshot

    with snapshot(the_settings()) as conn:
        settled, open_files = listed(conn, code(site), refused_only=refused, limit=last), waiting(conn)
    if json:
        typer.echo(as_json({"settled": settled, "waiting": open_files}))
        return
    if settled:
        console().print(_settled(settled))
    if open_files:
        console().print(_waiting(open_files))
    if not settled and not open_files:
        typer.echo("Nothing was picked up yet, and nothing waits. 'pch drops sweep' looks now.")


def sweep(json: Json = False) -> None:
    """Look at every drop folder now, as the timer does. Exit code 1 if one cannot be looked at.

    A file is taken at the second look that finds it unchanged, PCH_DROP_SETTLE_SECONDS apart or more.
    """
    from pch.decode.model import counted
    from pch.intake.drops import sweep as look
    from pch.reports.plain import as_json
    from pch.reports.screen import plain

    settings = the_settings()
    if not settings.drop_urls:
        typer.echo("No drop folder is set. Name them in PCH_DROP_URLS, separated by spaces.")
        return
    with progress("Looking"):
        looked = look(settings)
    if json:
        typer.echo(as_json(looked))
    else:
        for each in looked:
            counts = f"{each.received:,} received, {each.refused:,} refused, {each.waiting:,} waiting"
            found = "not looked at" if each.is_down else f"{counted(each.files, 'file', 'files')}, {counts}"
            console().print(plain(f"{each.source}: {found}"), soft_wrap=True)
            for problem in each.problems:
                console(err=True).print(plain(f"  {problem}", "red"), soft_wrap=True)
    if any(each.is_down for each in looked):
        raise typer.Exit(1)


def _settled(rows: "list[Listed]") -> "Table":
    from pch.reports.screen import moment, number, plain, table

    made = table("when", "source", "file", "bytes", "submission", "refused because", right=("bytes", "submission"))
    for r in rows:
        made.add_row(
            moment(r.recorded_at), plain(r.source), plain(_on_one_line(r.file_path)), number(r.bytes),
            plain(r.submission_id or ""), plain(r.refusal or "", "red"),
        )  # fmt: skip
    return made


def _waiting(rows: "list[Waiting]") -> "Table":
    from pch.reports.screen import moment, number, plain, table

    made = table("unchanged since", "source", "file", "bytes", "waits because", right=("bytes",))
    for r in rows:
        why = r.problem or "It may still be being written; the next look tells."
        made.add_row(
            moment(r.seen_at), plain(r.source), plain(_on_one_line(r.file_path)), number(r.bytes), plain(why, "yellow")
        )
    return made


def _on_one_line(path: str) -> str:
    return path.replace("\n", "?")
