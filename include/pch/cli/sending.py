"""``pch push --to``: files sent to the front door over HTTP, from a machine that has no database."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pch.cli.common import console, progress
from pch.cli.desk import REJECTED, usage
from pch.errors import PchError, Refused

if TYPE_CHECKING:
    from pch.desk.push import Answer, FrontDoor
    from pch.intake.items import Item

NOT_REACHED = 3
"""Exit code of what can simply be tried again."""

WAIT_SECONDS = 600.0
KEY = "PCH_KEY"


@dataclass(frozen=True)
class Wish:
    """What is to be done with each file. ``nil``: there is none, and why."""

    feed: str
    period: date
    nil: str | None
    reinstate: bool
    dry_run: bool
    wait: bool


def send_all(url: str, key_file: Path | None, items: "Iterable[Item]", wish: Wish, *, json: bool) -> None:
    """One after the other; one that is refused does not stop the rest. Ends with the gravest exit code."""
    from pch import registry
    from pch.desk.push import FrontDoor, NotReached

    with usage():
        registry.feed(wish.feed, wish.period)
        door = FrontDoor(url, _key(key_file), lambda sentence: typer.echo(sentence, err=True))
    answers: list[dict[str, Any]] = []
    worst = 0
    with door:
        for item in items:
            whose = {"site": item.site_code, "file_name": item.file_name}
            try:
                answer = _send(door, item, wish)
            except PchError as e:
                code, word = (NOT_REACHED, "not sent") if isinstance(e, NotReached) else (REJECTED, "refused")
                answers.append(whose | {"outcome": word.replace(" ", "_"), "why": str(e)})
                typer.echo(f"{word}  {item.site_code} {item.file_name}: {e}", err=True)
            else:
                code = REJECTED if answer["verdict"] == "rejected" else 0
                answers.append(whose | {"outcome": "rehearsed" if wish.dry_run else "received"} | answer)
                if not json:
                    _print(item, answer)
            worst = max(worst, code)
    if json:
        from json import dumps

        typer.echo(dumps(answers, indent=1, ensure_ascii=False))
    if worst:
        raise typer.Exit(worst)


def _key(file: Path | None) -> str:
    """From the file, else from the environment: never from the command line, which others can see."""
    if file is None:
        if not (key := os.environ.get(KEY)):
            raise Refused(f"The site's key is needed: name a file that holds it with --key-file, or set {KEY}.")
        return key
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Refused(f"The key file {file} cannot be read.") from None


def _send(door: "FrontDoor", item: "Item", wish: Wish) -> "Answer":
    """What the door said in the end."""
    if wish.nil is not None:
        answer = door.put_nil(item.site_code, wish.feed, wish.period, wish.nil)
    else:
        size = item.path.stat().st_size if item.path.is_file() else None
        with progress(f"Sending {item.file_name}", size) as sent:
            answer = door.put(
                item.site_code, wish.feed, wish.period, item.path, item.file_name, reinstate=wish.reinstate,
                dry_run=wish.dry_run, sent=sent,
            )  # fmt: skip
    if not wish.wait or wish.dry_run:
        return answer
    from pch.desk.push import NotReached, wait_for

    number = answer["receipt"]["submission_id"]
    with progress(f"Submission {number} is being checked"):
        judged = wait_for(
            WAIT_SECONDS, lambda: door.get(f"/submissions/{number}/findings"), lambda said: said["basis"] == "verdict"
        )
    if judged is None:
        raise NotReached(
            f"It was received as submission {number}, and is still being checked. Ask again later: the same push with "
            "--wait changes nothing."
        )
    return answer | judged


def _print(item: "Item", answer: "Answer") -> None:
    """The receipt in a line, then as 'pch findings' has it."""
    from rich.padding import Padding
    from rich.text import Text

    from pch.desk.push import findings_of
    from pch.reports.screen import moment, plain, word
    from pch.reports.screen.finding import paragraph

    screen, r = console(), answer["receipt"]
    if r:
        line = (
            f"submission {r['submission_id']}  {r['site']} {r['feed']} {r['period']} attempt {r['attempt']}  "
            f"sha256 {r['sha256'][:12]}  {r['bytes']:,} bytes  {moment(datetime.fromisoformat(r['received_at']))}  "
            f"{r['file_name']}"
        )
        screen.print(plain(line), soft_wrap=True)
    for note in answer["notes"]:
        screen.print(plain(f"  Note: {note}"), soft_wrap=True)
    screen.print(Text.assemble(f"  {item.site_code} {item.file_name}: ", word(answer["verdict"])))
    for finding in findings_of(answer):
        screen.print(Padding(paragraph(finding), (0, 0, 0, 2)))
