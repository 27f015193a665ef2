"""``pch progress`` for people: the site's own priorities, then the rest; verdicts in words, with their figures."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from pch.reports.progress import Progress, Verdict
from pch.reports.screen import month, plain, table
from pch.reports.screen.declared import figure

STYLES = {"improved": "green", "worsened": "red", "changed": "cyan", "cannot_say": "yellow"}


def print_progress(console: Console, found: Progress) -> None:
    console.print(plain(f"{found.site_code} {found.site_name}, {month(found.period)}", "bold"))
    own = [v for v in found.verdicts if v.priority_rank is not None]
    rest = [v for v in found.verdicts if v.priority_rank is None]
    _print(console, "The site's own priorities", own)
    _print(console, "The other metrics" if own else "All metrics", rest)
    if found.awaiting:
        months = ", ".join(month(p) for p in found.awaiting)
        console.print(f"It may change: {months} changed since and wait to be built.", style="yellow")


def _print(console: Console, title: str, verdicts: Sequence[Verdict]) -> None:
    if not verdicts:
        return
    console.print(f"\n{title}")
    numbers = ("Baseline", "Now", "Change", "Target")
    made = table("Metric", "Verdict", *numbers, "In words", right=numbers)
    for v in verdicts:
        made.add_row(
            v.metric_code, plain(v.verdict.replace("_", " "), STYLES.get(v.verdict, "")),
            figure(v.baseline_value), figure(v.value), _change(v), _target(v), plain(v.verdict_text),
        )  # fmt: skip
    console.print(made)


def _change(v: Verdict) -> str:
    return "" if v.change_pct is None else f"{v.change_pct:+.1f}%"


def _target(v: Verdict) -> Text:
    if v.target_value is None:
        return plain("")
    met = {True: ", met", False: ", not met", None: ""}[v.is_target_met]
    return plain(figure(v.target_value) + met)
