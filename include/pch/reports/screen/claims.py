"""``pch claims list`` for people."""

from collections.abc import Sequence

from rich.console import Console

from pch.reports.claims import Claim
from pch.reports.screen import month, plain, table

STYLES = {"supported": "green", "not_supported": "red", "not_yet_testable": "yellow"}


def print_claims(console: Console, found: Sequence[Claim]) -> None:
    made = table("Claim", "Of", "Said", "Months", "Status", "Finding")
    for c in found:
        status = c.status or "not_yet_testable"
        made.add_row(
            c.claim_code, c.site_code or "the programme", plain(f"{c.statement} ({c.source}, {c.claimed_on})"),
            f"{month(c.first_period)} to {month(c.last_period)}", plain(status.replace("_", " "), STYLES[status]),
            plain(c.finding or "No evaluation has looked at it yet."),
        )  # fmt: skip
    console.print(made)
