"""A finding: one thing wrong or odd in a submission, in words a practice manager understands."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "information"]
Verdict = Literal["accepted", "accepted_with_warnings", "rejected"]
#  contract: columns, types, keys; row: one row's sense; submission: the whole against history; register:
#  against the register of sites and practices.
Layer = Literal["contract", "row", "submission", "register"]

EXAMPLES = 5  # how many places a finding shows; it always says how many there are


@dataclass(frozen=True)
class Example:
    """A place in the file. ``row_number`` counts as a person sees it: the header is line 1."""

    row_number: int
    value: str


@dataclass(frozen=True)
class Finding:
    """``rows_count`` rows of ``submission_id`` break ``rule``. ``message`` says what and where,
    ``next_step`` what to do. An error rejects the submission, the others do not."""

    submission_id: int
    rule: str
    severity: Severity
    layer: Layer
    message: str
    next_step: str
    column: str | None = None
    rows_count: int = 0
    examples: list[Example] = field(default_factory=list)

    def examples_json(self) -> list[dict[str, Any]]:
        return [asdict(e) for e in self.examples]


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    severities = {f.severity for f in findings}
    if "error" in severities:
        return "rejected"
    return "accepted_with_warnings" if "warning" in severities else "accepted"
