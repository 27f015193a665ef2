"""Commands on a site's own desk, which has no database: a file looked at before it is sent."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli.common import Feed, Json, Period, code, console, period_of, progress, the_settings
from pch.errors import Refused

if TYPE_CHECKING:
    from rich.console import Console

    from pch.desk.looked import Looked, NotRun, Register

REJECTED = 1
"""Exit code of a file that is not taken; 2 is a command that cannot be."""


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    feed: Feed,
    period: Period,
    site: Annotated[
        str | None, typer.Option(metavar="CODE", help="The site; without it, the one the file is named after, if any.")
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Which practice is whose, as for 'pch sites import'.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Look at a file as the central team will, without sending it.

    Says, too, what cannot be looked at here. Exit code 1 if the file would be rejected.
    """
    from pch import registry
    from pch.decode import Limits
    from pch.desk.check import look

    with usage():
        month, settings = period_of(period), the_settings()
        registry.feed(feed, month)
        known = _register(register, month) if register else None
    owner = code(site) or _named_after(file)
    limits = Limits(settings.max_file_mb << 20, settings.max_expansion)
    if file.stat().st_size > limits.max_bytes:
        raise Refused(f"The file is larger than {settings.max_file_mb} MB. Was it meant for this feed?")
    with progress("Looking at the file"):
        looked = look(file, file.name, feed, month, owner, limits, deep=True, register=known)
    if json:
        from json import dumps

        told = {"file_name": file.name, "site_code": owner, "feed": feed, "period": period, "verdict": looked.verdict}
        typer.echo(dumps(told | asdict(looked), indent=1, ensure_ascii=False))
    else:
        _print(console(), f"{feed} of {owner or 'a site that is not named'} for {period}", file.name, looked)
    if looked.verdict == "rejected":
        raise typer.Exit(REJECTED)


@contextmanager
def usage() -> Iterator[None]:
    """What is refused in this block is a command that cannot be."""
    try:
        yield
    except Refused as e:
        raise typer.BadParameter(str(e)) from e


def _named_after(file: Path) -> str | None:
    """The name up to the first dot, where that is a code as codes are written; ``extract.csv`` names no site."""
    from pch.warehouse.register import SITE_CODE

    start = file.name.split(".")[0]
    return start if SITE_CODE.fullmatch(start) else None


def _register(file: Path, period: date) -> "Register":
    from pch.desk.looked import Register
    from pch.warehouse.register import read_register

    lines = read_register(file)
    of_month = [x for x in lines if x.valid_from <= period and (x.valid_to is None or period < x.valid_to)]
    return Register({x.practice_code: x.site_code for x in of_month}, frozenset(x.site_code for x in lines))


def _print(screen: "Console", title: str, file_name: str, looked: "Looked") -> None:
    """As 'pch findings' says it, then what was not asked."""
    from rich.padding import Padding
    from rich.text import Text

    from pch.decode.model import counted
    from pch.desk.looked import gravest_first
    from pch.reports.screen import plain, word
    from pch.reports.screen.finding import paragraph

    screen.print(Text.assemble((title, "bold"), ": ", word(looked.verdict)))
    said = f"{file_name}, {counted(looked.rows_read, 'row', 'rows')} read"
    lines = [said] if looked.findings else [said, "Nothing was found wrong or odd."]
    screen.print(Padding(plain("\n".join(lines), "dim"), (0, 0, 0, 2)))
    for finding in gravest_first(looked.findings):
        screen.print(Padding(paragraph(finding), (0, 0, 0, 2)))
    screen.print(Padding(plain("\n".join(_not_asked(looked.not_run)), "dim"), (0, 0, 0, 2)))


def _not_asked(not_run: list["NotRun"]) -> Iterator[str]:
    """Grouped by why, each with what would help."""
    from pch.desk import check

    helps = {
        check.NO_REGISTER: " (--register FILE)",
        check.NO_SITE: " (--site CODE)",
        check.NO_SUITES: " (pip install 'pch-progress[site]')",
    }
    by_reason: dict[str, list[str]] = defaultdict(list)
    for rule in not_run:
        by_reason[rule.why].append(rule.rule.replace("_", " "))
    yield f"The centre will ask {len(not_run)} more rules, which cannot be asked here:"
    for why, rules in by_reason.items():
        yield f"- {why}{helps.get(why, '')}: {', '.join(rules)}"
