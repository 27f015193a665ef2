"""Commands of query and reply: sites answer what is odd; the central team decides, waives and unlocks."""

from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import sites, team
from pch.cli.common import (
    Feed,
    Json,
    Period,
    Site,
    SomeFeed,
    SomePeriod,
    SomeSite,
    code,
    console,
    period_of,
    progress,
    some_period,
    the_settings,
)

if TYPE_CHECKING:
    from pch.warehouse.answers import Rejudged

Because = Annotated[str, typer.Option(metavar="TEXT", help="A sentence that says why; others read it.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who says so; without it, whoever runs this.")]
Subject = Annotated[
    str | None, typer.Option(metavar="NAME", help="The total or ratio meant, where the rule speaks of several.")
]
Rule = Annotated[str, typer.Argument(metavar="RULE", help="The name in brackets after a finding.")]


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=sites.PANEL)(questions)
    app.command(rich_help_panel=sites.PANEL)(reply)
    for command in (decide, waive, unlock):
        app.command(rich_help_panel=team.PANEL)(command)


def questions(site: SomeSite = None, period: SomePeriod = None, feed: SomeFeed = None, json: Json = False) -> None:
    """What sites are asked about odd figures, what they answered, and how to answer."""
    from pch.reports.plain import as_json
    from pch.reports.questions import questions as find

    asked = find(the_settings(), code(site), feed, some_period(period))
    if json:
        typer.echo(as_json(asked))
        return
    from pch.reports.screen.questions import print_questions

    print_questions(console(), asked)


def reply(
    submission: Annotated[int, typer.Argument(metavar="SUBMISSION", help="Its number, as 'pch questions' has it.")],
    rule: Rule,
    reason: Annotated[str, typer.Option(metavar="CODE", help="A code of 'pch questions'.")],
    because: Because,
    subject: Subject = None,
    by: By = None,
) -> None:
    """Answer a question: why an odd figure is right. A second reply stands for the first."""
    from pch.warehouse import answers
    from pch.warehouse.db import connect

    with connect(the_settings(), "intake") as conn:
        number = answers.reply(conn, submission, rule, subject, reason, because, _name(by))
    typer.echo(f"Reply {number} waits for the central team.")


def decide(
    reply: Annotated[int, typer.Argument(metavar="REPLY", help="Its number, as 'pch questions' has it.")],
    accept: Annotated[bool, typer.Option("--accept/--decline", help="Whether the reason settles the question.")],
    until: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The last month it settles; without it, the end of the financial year."),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is still in doubt (needed to decline).")] = "",
    by: By = None,
) -> None:
    """Accept a reply, which stops the question until a month, or decline it."""
    from pch.warehouse import answers
    from pch.warehouse.db import connect

    with progress("Waiting for what is being judged"), connect(the_settings(), "owner") as conn:
        done = answers.decide(conn, reply, accept, some_period(until), note, _name(by))
    if done.valid_to is None:
        typer.echo(f"Reply {reply} is declined; the question stays open.")
    else:
        typer.echo(f"Reply {reply} is accepted until {done.valid_to:%Y-%m}. {_again(done.rejudged)}")


def waive(
    site: Site,
    feed: Feed,
    rule: Annotated[str, typer.Option("--rule", metavar="RULE", help="The name in brackets after a finding.")],
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")],
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")],
    because: Because,
    subject: Subject = None,
    by: By = None,
) -> None:
    """Let a known finding of a site pass for some months, an error too; never what cannot be read."""
    from pch.warehouse import answers
    from pch.warehouse.db import connect

    with progress("Waiting for what is being judged"), connect(the_settings(), "owner") as conn:
        done = answers.waive(
            conn, code(site) or "", feed, rule, subject, period_of(first), period_of(last), because, _name(by)
        )
    typer.echo(f"The rule {rule} is waived for {feed} of {code(site)}, {first} to {last}. {_again(done)}")


def unlock(
    site: Site,
    feed: Feed,
    period: Period,
    because: Because,
    days: Annotated[int, typer.Option(min=1, help="To the end of the day so many days from today.")] = 10,
    by: By = None,
) -> None:
    """Open a locked return for some days. What was refused for the lock is judged again without another push."""
    from datetime import datetime, timedelta

    from pch.warehouse import answers
    from pch.warehouse.calendar import LONDON, end_of_day
    from pch.warehouse.db import connect

    month, expires_at = period_of(period), end_of_day(datetime.now(LONDON).date() + timedelta(days=days))
    with progress("Waiting for what is being judged"), connect(the_settings(), "owner") as conn:
        count = answers.unlock(conn, code(site) or "", feed, month, expires_at, because, _name(by))
    typer.echo(
        f"{feed} of {code(site)} for {month:%Y-%m} is open until {expires_at:%-d %B %Y}. {count:,} submission(s) that "
        "it had refused are judged again."
    )


def _name(by: str | None) -> str:
    from pch.intake.push import sender

    return by or sender().name


def _again(done: "Rejudged") -> str:
    return f"{done.submissions:,} submission(s) are judged again and {done.months:,} month(s) reviewed again."
