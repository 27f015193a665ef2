"""The words that several answers share: months, moments, verdicts, findings; a finding as the API tells it.

A period is written as everywhere else, 2026-04; moments are RFC 3339 in UTC.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema

from pch.findings import Finding as AnyFinding
from pch.findings import Layer, Severity, Verdict
from pch.intake.receive import Return as Address
from pch.reports.findings import Before as Beside
from pch.reports.findings import Found

Judged = Verdict | Literal["being_checked"]

Month = Annotated[
    date,
    PlainSerializer(lambda period: f"{period:%Y-%m}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-04"]}),
]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-05-12T08:30:00Z"]}),
]

VERDICT = "being_checked until there is one"
BASIS = (
    "What verdict and findings rest on: nothing_yet; contract (columns, types and keys, as seen at the door); "
    "contract_and_rows (a rehearsal); verdict (the pipeline's, final until something it rests on changes)"
)
EDITION = "primary: in time for it; refresh: after the primary close; locked: after the last close; not_expected"


class Links(BaseModel):
    """Where to go on."""

    submission: str = Field(examples=["/v1/submissions/12"])
    findings: str = Field(examples=["/v1/submissions/12/findings"])
    file: str = Field(examples=["/v1/submissions/12/file"])
    return_: str = Field(alias="return", examples=["/v1/returns/PCH001/registered_list/2026-04"])

    @classmethod
    def of(cls, submission_id: int, address: Address) -> "Links":
        here = f"/v1/submissions/{submission_id}"
        return cls(submission=here, findings=f"{here}/findings", file=f"{here}/file", **{"return": link_to(address)})


class Place(BaseModel):
    """A place in the file. The header is line 1."""

    row_number: int
    value: str


class Finding(BaseModel):
    """One thing wrong or odd in a submission. An error rejects it; the others do not."""

    rule: str = Field(examples=["unknown_value"])
    severity: Severity
    layer: Layer = Field(description="contract: shape; register: whose, when; row; submission: history; cross_feed")
    message: str = Field(description="What and where, in plain words")
    next_step: str = Field(description="What to do about it")
    column: str | None
    rows_count: int = Field(description="Rows, or figures, that break the rule")
    checked_count: int = Field(description="Of so many")
    threshold: str = Field(description="What the rule holds to")
    subject: str = Field(description="The total or ratio it is about, if it is about one")
    examples: list[Place]
    is_question: bool = Field(description="Plausible but odd: the site is asked for a reason")
    question_state: Literal["open", "answered", "declined", "accepted"] | None
    exemption: str | None = Field(description="The reason, or the waiver, for which it is no longer open")
    course: Literal["new", "persisting"] | None = Field(description="Beside the submission before")

    @classmethod
    def of(cls, found: AnyFinding) -> "Finding":
        question = found.question if isinstance(found, Found) else None
        return cls(
            rule=found.rule, severity=found.severity, layer=found.layer, message=found.message,
            next_step=found.next_step, column=found.column, rows_count=found.rows_count,
            checked_count=found.checked_count, threshold=found.threshold, subject=found.subject,
            examples=[Place(row_number=e.row_number, value=e.value) for e in found.examples],
            is_question=found.is_question, question_state=question.state if question else None,
            exemption=found.exemption, course=found.course if isinstance(found, Found) else None,
        )  # fmt: skip


class Before(BaseModel):
    """The submission that findings are set beside, and those of its findings that are gone."""

    submission_id: int
    period: Month
    attempt: int
    resolved: list[Finding]

    @classmethod
    def of(cls, before: Beside) -> "Before":
        return cls(
            submission_id=before.submission_id, period=before.period, attempt=before.attempt,
            resolved=[Finding.of(f) for f in before.resolved],
        )  # fmt: skip


def link_to(address: Address) -> str:
    return f"/v1/returns/{address.site_code}/{address.feed}/{address.period:%Y-%m}"
