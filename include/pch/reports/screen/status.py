"""``pch status`` for people: a line a period and feed; quiet stretches of the past in one line.

Of the rarer states, only those that some return is in have a column.
"""

from collections.abc import Iterable, Iterator
from dataclasses import astuple
from datetime import date
from itertools import groupby

from rich.console import Console

from pch.reports.screen import moment, month, number, plain, table, word
from pch.reports.status import Counts, ReturnState, Status

LINES = 13  # months (or quiet stretches of them) shown unless all are asked for
_COLUMNS = {
    "expected": "Expected", "received": "Received", "accepted": "Accepted", "accepted_with_warnings": "With warnings",
    "nil_return": "Nil", "rejected": "Rejected", "being_checked": "Being checked", "missing": "Missing", "late": "Late",
    "due": "Due", "not_due": "Not due",
}  # fmt: skip
_ALWAYS = ("expected", "received", "accepted", "rejected", "missing")


def print_status(console: Console, status: Status, *, show_all: bool, each_return: bool) -> None:
    stretches = list(_stretches(status.counts, together=not show_all))
    shown = stretches if show_all else stretches[-LINES:]
    names = [name for name in _COLUMNS if name in _ALWAYS or getattr(status.total, name)]
    numbers = tuple(_COLUMNS[name] for name in names)
    overview = table("Period", "Feed", *numbers, right=numbers)
    for stretch in shown:
        if len({c.period for c in stretch}) > 1:
            overview.add_row(_span(stretch), "all: nothing arrived", *_cells(_added(stretch), names), style="dim")
        else:
            for i, counts in enumerate(stretch):
                overview.add_row(_span(stretch) if i == 0 else "", counts.feed, *_cells(counts, names))
        overview.add_section()
    overview.add_row("All", "", *_cells(status.total, names), style="bold")
    console.print(overview)
    if earlier := [c for stretch in stretches[: len(stretches) - len(shown)] for c in stretch]:
        sums = _added(earlier)
        console.print(
            f"{_span(earlier)} not shown: {sums.expected:,} returns expected, {sums.received:,} received (--all shows "
            "them)."
        )
    if each_return:
        _print_returns(console, status.returns)
    _print_work(console, status)


def _stretches(counts: list[Counts], together: bool) -> Iterator[list[Counts]]:
    """The counts month by month; months one after the other in which nothing arrived and no more is awaited
    are one stretch."""
    for is_quiet, months in groupby(
        (list(m) for _, m in groupby(counts, key=lambda c: c.period)),
        key=lambda m: all(c.received == 0 and c.missing == c.expected for c in m),
    ):
        if is_quiet and together:
            yield [c for m in months for c in m]
        else:
            yield from months


def _added(counts: Iterable[Counts]) -> Counts:
    return Counts(None, None, *(sum(column) for column in zip(*(astuple(c)[2:] for c in counts), strict=True)))


def _cells(counts: Counts, names: list[str]) -> Iterator[str]:
    return (number(getattr(counts, name)) if getattr(counts, name) else "-" for name in names)


def _span(counts: list[Counts]) -> str:
    periods: list[date] = sorted({c.period for c in counts if c.period})
    return month(periods[0]) + (f" to {month(periods[-1])}" if len(periods) > 1 else "")


def _print_returns(console: Console, returns: list[ReturnState]) -> None:
    words, numbers = ("Period", "Feed", "Site", "State", "Verdict"), ("Attempts", "Submission", "Rows", "Set aside")
    each = table(*words, *numbers, "Last received", "Primary close", right=numbers)
    for r in returns:
        verdict = word(r.verdict or r.last_verdict)
        if r.unchecked_count:
            verdict = plain("being checked", "cyan")
        each.add_row(
            month(r.period), r.feed, r.site_code, word(r.state), verdict, number(r.attempts_count),
            str(r.submission_id or r.last_submission_id or ""), number(r.rows_published), number(r.rows_set_aside),
            moment(r.last_received_at), moment(r.primary_close_at)[:16],
        )  # fmt: skip
    console.print(each)


def _print_work(console: Console, status: Status) -> None:
    if status.unexpected_count:
        console.print(
            f"{status.unexpected_count:,} submission(s) belong to no expected return: their site is not in the "
            "register, or had not begun."
        )
    if status.waiting_count:
        since = moment(status.waiting_since)
        console.print(f"{status.waiting_count:,} submission(s) wait to be judged, since {since}.")
    build = status.last_build
    if build is None:
        console.print("The warehouse has not been built yet.")
    else:
        outcome = "succeeded" if build.succeeded else "failed (see ops.dbt_node)"
        seconds = (build.finished_at - build.started_at).total_seconds()
        console.print(
            f"Last build: {build.build_id}, {moment(build.finished_at)}, {outcome}, {len(build.periods)} month(s) in "
            f"{seconds:.0f} s."
        )
    if status.pending:
        reasons = ", ".join(sorted({reason for p in status.pending for reason in p.reasons}))
        first, last = status.pending[0].period, status.pending[-1].period
        span = month(first) + (f" to {month(last)}" if last != first else "")
        console.print(f"{len(status.pending)} month(s) wait to be built, {span} ({reasons}).")
    else:
        console.print("No month waits to be built.")
