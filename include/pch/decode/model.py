"""What goes into decode and what comes out of it, and how a reader says that something is wrong.

A reader that cannot go on raises ``Reject``; one that can goes on and tells its ``Report``. Both end as
findings of the submission.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from pch.findings import EXAMPLES, Example, Finding, Severity

LONGEST_QUOTE = 60
NIL_RETURN = "If there is nothing to report for this month, send a nil return with the reason instead."


@dataclass(frozen=True)
class Payload:
    """One submission as it arrived. ``site_code`` and ``period`` are the address it was pushed to, which
    its content may repeat and must not contradict (None: the site is not known, and not compared); ``file_name`` is
    only ever shown, never trusted."""

    submission_id: int
    site_code: str | None
    period: date
    file_name: str
    content: bytes


@dataclass(frozen=True)
class Limits:
    """How large a file may be once decompressed, and how many times larger than what was sent."""

    max_bytes: int = 512 * 1024 * 1024
    max_expansion: int = 200


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Decoded:
    """``table``: the rows of every submission without an error, one row a line, in the order of the files:
    submission_id, row_number, the contract's columns, absent. ``rows_read``: lines of data found in each
    file, whatever became of them."""

    table: pa.Table
    findings: list[Finding]
    rows_read: dict[int, int]


@dataclass
class Reject(Exception):
    """This file cannot be read any further."""

    rule: str
    message: str
    next_step: str
    rows_count: int = 0
    examples: Sequence[Example] = ()


@dataclass
class Report:
    """The findings on one submission, in the order they were made."""

    submission_id: int
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        severity: Severity,
        rule: str,
        message: str,
        next_step: str,
        *,
        column: str | None = None,
        rows_count: int = 0,
        examples: Sequence[Example] = (),
    ) -> None:
        shown = [Example(e.row_number, visible(e.value)) for e in examples[:EXAMPLES]]
        self.findings.append(
            Finding(self.submission_id, rule, severity, "contract", message, next_step, column, rows_count, shown)
        )

    def reject(self, cause: Reject) -> None:
        self.add(
            "error",
            cause.rule,
            cause.message,
            cause.next_step,
            rows_count=cause.rows_count,
            examples=cause.examples,
        )

    @property
    def has_error(self) -> bool:
        return any(f.severity == "error" for f in self.findings)


def visible(text: str) -> str:
    """``text`` fit to be shown: control characters written out, at most sixty characters."""
    cut = text[: LONGEST_QUOTE + 1]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
    return shown if len(shown) <= LONGEST_QUOTE else shown[: LONGEST_QUOTE - 1] + "…"


def quoted(text: str) -> str:
    return f"'{visible(text)}'"


def listed(names: Sequence[str], most: int = 20) -> str:
    """``'a', 'b' and 3 more``, at most ``most`` of them."""
    shown = [quoted(name) for name in names[:most]]
    if rest := len(names) - len(shown):
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(number: int, one: str, many: str) -> str:
    """``1 row`` or ``1,200 rows``."""
    return f"{number:,} {one if number == 1 else many}"
