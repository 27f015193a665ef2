"""What the commands share: the console, the options that return in several of them, and how errors end."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from pch.errors import PchError, Refused

if TYPE_CHECKING:
    from rich.console import Console

    from pch.settings import Role, Settings

PATIENCE = 2.0
"""Seconds after which whatever is not finished shows its progress."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Site = Annotated[str, typer.Option(metavar="CODE", help="Code of the site.")]
SomeSite = Annotated[str | None, typer.Option("--site", metavar="CODE", help="Only this site.")]
Feed = Annotated[str, typer.Option("--feed", metavar="FEED", help="The kind of extract, e.g. registered_list.")]
SomeFeed = Annotated[str | None, typer.Option("--feed", metavar="FEED", help="Only this feed.")]
Period = Annotated[str, typer.Option(metavar="YYYY-MM", help="The month.")]
SomePeriod = Annotated[str | None, typer.Option("--period", metavar="YYYY-MM", help="Only this month.")]


class Commands(typer.Typer):
    """Ends an error of ours as its sentence on stderr and exit code 1; a usage error stays 2."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except PchError as e:
            _end(str(e))
        except Exception as e:
            #  only a command that uses the database has loaded this, and only such a one can raise from it
            psycopg = sys.modules.get("psycopg")
            if psycopg is None or not isinstance(e, psycopg.Error):
                raise
            _end(
                f"The warehouse refused or went away: {first_line(e)}. 'pch ps' shows what runs; 'pch db prepare' "
                "brings an older database up to date."
            )


def _end(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise SystemExit(1)


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def console(*, err: bool = False) -> "Console":
    """Prints text as it is (values come from files); wide where nobody's window sets the width."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(stderr=err, markup=False, emoji=False, highlight=False, width=None if stream.isatty() else 180)


def the_settings() -> "Settings":
    """The settings; Refused, naming the variable, where the environment holds one that cannot be."""
    from pydantic import ValidationError

    from pch.settings import settings

    try:
        return settings()
    except ValidationError as e:
        wrong = "; ".join(f"PCH_{str(x['loc'][0]).upper()} is '{x['input']}' ({x['msg']})" for x in e.errors())
        raise Refused(f"A setting in the environment is wrong: {wrong}.") from None


def period_of(text: str) -> date:
    from pch.warehouse.calendar import parse_period

    return parse_period(text)


def some_period(text: str | None) -> date | None:
    return period_of(text) if text else None


def code(text: str | None) -> str | None:
    """Codes are capitals, however they are typed."""
    return text.strip().upper() if text else None


def role_of(name: str) -> "Role":
    from pch.settings import ROLES

    for role in ROLES:
        if role == name:
            return role
    raise Refused(f"There is no role '{name}'. The roles are: {', '.join(ROLES)}.")


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr (None: only that it goes on), shown when it takes longer than two seconds. Yields what
    to call when some more is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    screen = console(err=True)
    counted = (BarColumn(), MofNCompleteColumn()) if total is not None else ()
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, TimeElapsedColumn(),
        console=screen, disable=not screen.is_terminal, transient=True,
    )  # fmt: skip
    task = bar.add_task(what, total=total)
    late = Timer(PATIENCE, bar.start)
    late.daemon = True
    late.start()
    try:
        yield lambda count: bar.advance(task, count)
    finally:
        late.cancel()
        late.join()
        bar.stop()
