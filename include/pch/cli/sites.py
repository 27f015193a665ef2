"""Commands of a site: look at a file, push it, and what was found in what it pushed."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import desk
from pch.cli.common import Feed, Json, Period, Site, SomeFeed, code, console, period_of, progress, the_settings

if TYPE_CHECKING:
    from pch.intake.publication import Publication
    from pch.intake.push import Outcome

PANEL = "For sites"


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=PANEL)(desk.check)
    app.command(rich_help_panel=PANEL)(push)
    app.command(rich_help_panel=PANEL)(findings)


def push(
    feed: Feed,
    period: Period,
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE_OR_FOLDER", help="In a folder, each file is named after its site.")
    ] = None,
    site: Annotated[
        str | None, typer.Option(metavar="CODE", help="The site; without it, the one the file is named after.")
    ] = None,
    nil: Annotated[
        str | None, typer.Option(metavar="REASON", help="Push no file: there is nothing to report, and why.")
    ] = None,
    all_sites: Annotated[
        bool,
        typer.Option("--all-sites", help="The file is about many sites: hand each site's lines in as its own file."),
    ] = False,
    reinstate: Annotated[bool, typer.Option("--reinstate", help="Take a file again that was replaced.")] = False,
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="The front door to send to; without it, the warehouse itself.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Holds the site's key for --to; without it, the variable PCH_KEY does."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="With --to: until the verdict is known, ten minutes.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --to: only what would be found in it.")] = False,
    json: Json = False,
) -> None:
    """Hand in a file, or a folder of files, and get a receipt for each.

    The same bytes again change nothing and get the receipt they got before. Exit code 1 if any was refused; with --to
    also if any is rejected, and 3 if the door was not reached: push again then.
    """
    if (nil is None) == (path is None):
        raise typer.BadParameter("Name a file or folder, or give a reason with --nil: one of the two.")
    if all_sites and (path is None or path.is_dir() or site is not None):
        raise typer.BadParameter("--all-sites goes with one file, whose lines say which site they are of.")
    if nil is not None and site is None:
        raise typer.BadParameter("A nil return needs its --site.")
    if to is not None:
        _push_over(to, key_file, feed, period, path, code(site), nil, all_sites, reinstate, wait, dry_run, json)
        return
    if key_file or wait or dry_run:
        raise typer.BadParameter("--key-file, --wait and --dry-run go with --to.")
    from pch.intake.items import items
    from pch.intake.push import NotReceived, Received, push_nil
    from pch.intake.push import push as push_items
    from pch.reports.plain import as_json

    settings, month, one = the_settings(), period_of(period), code(site)
    outcomes: list[Outcome] = []
    told: Publication | None = None

    def take(stream: "Iterable[Outcome]", total: int) -> None:
        with progress("Pushing", total) as done:
            for outcome in stream:
                outcomes.append(outcome)
                if not json:
                    _say(outcome)
                done(1)

    if nil is not None and one is not None:
        take([push_nil(settings, one, feed, month, nil, reinstate=reinstate)], 1)
    elif path is not None and all_sites:
        from pch.intake.publication import hand_in, told_apart

        with ExitStack() as stack:
            with progress("Reading whose each line is"):
                told = stack.enter_context(told_apart(settings, path, feed, month))
            take(hand_in(settings, told, path, reinstate=reinstate), len(told.parts))
    elif path is not None:
        found = items(path, one)
        take(push_items(settings, found, feed, month, reinstate=reinstate), len(found))
    received = [o for o in outcomes if isinstance(o, Received)]
    refused = [o for o in outcomes if isinstance(o, NotReceived)]
    if json:
        typer.echo(
            as_json({"received": received, "refused": refused} | ({"publication": told.summary()} if told else {}))
        )
    elif len(outcomes) > 1 or told:
        new = sum(r.receipt.is_new for r in received)
        typer.echo(f"{new:,} received, {len(received) - new:,} received before, {len(refused):,} refused.")
        for sentence in told.sentences() if told else ():
            typer.echo(sentence)
    if refused:
        raise typer.Exit(1)


def _push_over(
    to: str, key_file: Path | None, feed: str, period: str, path: Path | None, site: str | None, nil: str | None,
    all_sites: bool, reinstate: bool, wait: bool, dry_run: bool, json: bool,
) -> None:  # fmt: skip
    """Over HTTP, from a machine that has no database."""
    from pch.cli.sending import Wish, send_all
    from pch.intake.items import Item, items

    if all_sites or (nil is not None and (dry_run or reinstate)):
        raise typer.BadParameter("--to goes neither with --all-sites, nor a nil return with --dry-run or --reinstate.")
    with desk.usage():
        found = items(path, site) if path else [Item(site or "", Path(), "nil return")]
        wish = Wish(feed, period_of(period), nil, reinstate, dry_run, wait)
    send_all(to, key_file, found, wish, json=json)


def _say(outcome: "Outcome") -> None:
    """A line a receipt, on stdout; a refusal on stderr."""
    from pch.intake.push import NotReceived
    from pch.reports.screen import moment, plain

    if isinstance(outcome, NotReceived):
        line = f"refused  {outcome.site_code} {outcome.file_name}: {outcome.why}"
        console(err=True).print(plain(line, "red"), soft_wrap=True)
        return
    r = outcome.receipt
    line = (
        f"submission {r.submission_id}  {r.site_code} {r.feed} {r.period:%Y-%m} attempt {r.attempt}  "
        f"sha256 {r.sha256[:12]}  {r.bytes:,} bytes  {moment(r.received_at)}  {r.file_name}"
    )
    for text in (plain(line), *(plain(f"  Note: {note}", "yellow") for note in outcome.notes)):
        console().print(text, soft_wrap=True)


def findings(
    site: Site,
    period: Period,
    feed: SomeFeed = None,
    attempt: Annotated[int | None, typer.Option(min=1, metavar="N", help="This attempt, not the last one.")] = None,
    json: Json = False,
) -> None:
    """What is wrong or odd in what a site pushed for a month, and what to do next."""
    from pch.reports.findings import findings as find
    from pch.reports.plain import as_json

    checked = find(the_settings(), code(site) or "", period_of(period), feed, attempt)
    if json:
        typer.echo(as_json(checked))
        return
    from pch.reports.screen.findings import print_findings

    print_findings(console(), checked)
