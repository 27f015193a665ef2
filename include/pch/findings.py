"""A finding: one thing wrong or odd in a submission, in words a practice manager understands."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "information"]
Verdict = Literal["accepted", "accepted_with_warnings", "rejected"]
#  contract: columns, types, keys; register: against the register of sites, practices and closes; row: one row's
#  sense; submission: the whole against its history; cross_feed: against what other feeds say.
Layer = Literal["contract", "register", "row", "submission", "cross_feed"]

REVIEWED: frozenset[Layer] = frozenset({"submission", "cross_feed"})
"""Said by the review of a month; the others are said when a submission is loaded."""

EXEMPTIBLE: frozenset[Layer] = REVIEWED | {"row"}
"""What an accepted reason or a waiver lets pass. Not shape: a row that cannot be read cannot be used, whoever
waives it; nor whose file it is, or when it came."""

EXAMPLES = 5  # how many places a finding shows; it always says how many there are


@dataclass(frozen=True)
class Example:
    """A place in the file. ``row_number`` counts as a person sees it: the header is line 1."""

    row_number: int
    value: str


@dataclass(frozen=True)
class Finding:
    """``rows_count`` of ``checked_count`` rows of ``submission_id`` break ``rule``, which holds to ``threshold``.
    ``message`` says what and where, ``next_step`` what to do. An error rejects the submission, the others do
    not. ``subject`` is the total or ratio it is about; a question asks the site for a reason; ``exemption`` is
    the reason, or the waiver, for which it is no longer open."""

    submission_id: int
    rule: str
    severity: Severity
    layer: Layer
    message: str
    next_step: str
    column: str | None = None
    rows_count: int = 0
    examples: list[Example] = field(default_factory=list)
    subject: str = ""
    checked_count: int = 0
    threshold: str = ""
    is_question: bool = False
    exemption: str | None = None

    @property
    def violated_pct(self) -> float | None:
        """None where it is not a matter of how many."""
        return 100 * self.rows_count / self.checked_count if self.checked_count else None

    def examples_json(self) -> list[dict[str, Any]]:
        return [asdict(e) for e in self.examples]


@dataclass(frozen=True)
class CheckResult:
    """What a rule was asked of in one batch or review of a feed: ``violated_count`` of ``checked_count`` rows (or
    figures), in ``submissions_violated`` of ``submissions_count`` submissions. Checked nothing: not applicable."""

    feed: str
    layer: Layer
    rule: str
    severity: Severity
    threshold: str
    checked_count: int
    violated_count: int
    submissions_count: int
    submissions_violated: int

    @property
    def is_applicable(self) -> bool:
        return self.checked_count > 0


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    severities = {f.severity for f in findings}
    if "error" in severities:
        return "rejected"
    return "accepted_with_warnings" if "warning" in severities else "accepted"
