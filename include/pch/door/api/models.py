"""What the API answers, made from what ``reading`` and ``pushing`` know: receipts, submissions, findings, returns."""

from datetime import datetime

from pydantic import BaseModel, Field

from pch.desk.looked import Looked, gravest_first
from pch.door.api.words import BASIS, EDITION, VERDICT, Before, Finding, Judged, Links, Moment, Month, link_to
from pch.door.reading import Basis, Edition, Expected, Filed, State, Told, edition_sentence
from pch.intake.receive import Receipt as Filing
from pch.intake.receive import Return as Address


class Receipt(BaseModel):
    """The bytes are kept, for ever, under their checksum."""

    submission_id: int
    site: str = Field(examples=["PCH001"])
    feed: str = Field(examples=["registered_list"])
    period: Month
    attempt: int = Field(description="Of this return, from 1")
    sha256: str
    bytes: int
    file_name: str = Field(description="The file's name at the sender's end")
    received_at: Moment

    @classmethod
    def of(cls, filing: Filing) -> "Receipt":
        return cls(
            submission_id=filing.submission_id, site=filing.site_code, feed=filing.feed, period=filing.period,
            attempt=filing.attempt, sha256=filing.sha256, bytes=filing.bytes, file_name=filing.file_name,
            received_at=filing.received_at,
        )  # fmt: skip


class NotRun(BaseModel):
    """A rule that a rehearsal could not ask of the file, and why."""

    rule: str
    sentence: str
    why: str


class Pushed(BaseModel):
    """What became of a push. After a rehearsal (``dry_run``) there is no receipt: nothing was filed."""

    receipt: Receipt | None
    is_new: bool = Field(description="False where the same bytes were received before: nothing changed")
    edition: Edition = Field(description=EDITION)
    verdict: Judged = Field(description=VERDICT)
    basis: Basis = Field(description=BASIS)
    notes: list[str] = Field(description="Sentences that whoever sent it should read")
    rows_read: int | None = Field(description="Lines of data in the file")
    findings: list[Finding] = Field(description="Gravest first")
    not_run: list[NotRun]
    links: Links | None

    @classmethod
    def of(cls, filing: Filing, told: Told) -> "Pushed":
        return cls(
            receipt=Receipt.of(filing), is_new=filing.is_new, edition=told.filed.edition, verdict=verdict_of(told),
            basis=told.basis, notes=_notes(filing, told), rows_read=told.rows_read,
            findings=[Finding.of(f) for f in told.findings], not_run=[],
            links=Links.of(filing.submission_id, told.address),
        )  # fmt: skip

    @classmethod
    def rehearsed(cls, address: Address, looked: Looked, awaited: Expected | None, at: datetime) -> "Pushed":
        edition = awaited.edition(at) if awaited else "not_expected"
        return cls(
            receipt=None, is_new=False, edition=edition, verdict=looked.verdict, basis="contract_and_rows",
            notes=["This was a rehearsal: nothing was filed.", edition_sentence(address, edition, awaited)],
            rows_read=looked.rows_read, findings=[Finding.of(f) for f in gravest_first(looked.findings)],
            not_run=[NotRun(rule=n.rule, sentence=n.sentence, why=n.why) for n in looked.not_run], links=None,
        )  # fmt: skip


class Submission(Receipt):
    """An attempt at a return, and what was decided of it."""

    nil_reason: str | None = Field(description="Why there was nothing to report, where it is a nil return")
    door: str = Field(description="Which way it came", examples=["api"])
    submitted_by: str
    edition: Edition = Field(description=EDITION)
    verdict: Judged = Field(description=VERDICT)
    is_in_use: bool = Field(description="Its rows are the ones in the figures")
    reinstates: int | None = Field(description="The earlier submission whose file was taken again")
    rows_read: int | None
    rows_published: int | None
    rows_set_aside: int | None
    decided_at: Moment | None
    links: Links

    @classmethod
    def filed(cls, address: Address, filed: Filed) -> "Submission":
        a = filed.attempt
        return cls(
            submission_id=a.submission_id, site=address.site_code, feed=address.feed, period=address.period,
            attempt=a.attempt, sha256=a.sha256, bytes=a.bytes, file_name=a.file_name, received_at=a.received_at,
            nil_reason=a.nil_reason, door=filed.door, submitted_by=filed.submitted_by, edition=filed.edition,
            verdict=a.verdict or "being_checked", is_in_use=a.is_in_use, reinstates=filed.reinstates,
            rows_read=a.rows_read, rows_published=a.rows_published, rows_set_aside=a.rows_set_aside,
            decided_at=a.decided_at, links=Links.of(a.submission_id, address),
        )  # fmt: skip


class Findings(BaseModel):
    """What was found in a submission."""

    submission_id: int
    verdict: Judged = Field(description=VERDICT)
    basis: Basis = Field(description=BASIS)
    rows_read: int | None
    findings: list[Finding] = Field(description="Gravest first")
    before: Before | None

    @classmethod
    def of(cls, told: Told) -> "Findings":
        return cls(
            submission_id=told.filed.attempt.submission_id, verdict=verdict_of(told), basis=told.basis,
            rows_read=told.rows_read, findings=[Finding.of(f) for f in told.findings],
            before=Before.of(told.before) if told.before else None,
        )  # fmt: skip


class Return(BaseModel):
    """What is expected of a site: one feed, one month. It is in exactly one state."""

    site: str
    feed: str
    period: Month
    state: State
    is_due: bool = Field(description="Whether the feed is due in this month at all")
    primary_close_at: Moment = Field(description="Until then a file counts in the primary edition")
    refresh_close_at: Moment = Field(description="Until then it counts in the refresh edition")
    locked_at: Moment = Field(description="What comes later is kept and not used")
    unlocked_until: Moment | None = Field(description="Unless the central team opened the return again, until then")
    is_locked: bool
    attempts_count: int
    being_checked_count: int = Field(description="Attempts without a verdict")
    submission_in_use: int | None = Field(description="The submission whose rows are in the figures")
    last_submission: int | None
    last_verdict: Judged | None = Field(description="Of the last submission; null: there is none")
    last_received_at: Moment | None
    questions_count: int = Field(description="Questions about the submission in use that wait for the site's reply")
    link: str = Field(examples=["/v1/returns/PCH001/registered_list/2026-04"])

    @classmethod
    def of(cls, e: Expected) -> "Return":
        verdict = e.last_verdict or ("being_checked" if e.last_submission_id else None)
        return cls(
            site=e.site_code, feed=e.feed, period=e.period, state=e.state, is_due=e.is_due,
            primary_close_at=e.primary_close_at, refresh_close_at=e.refresh_close_at, locked_at=e.locked_at,
            unlocked_until=e.unlocked_until, is_locked=e.is_locked, attempts_count=e.attempts_count,
            being_checked_count=e.unchecked_count, submission_in_use=e.submission_id,
            last_submission=e.last_submission_id, last_verdict=verdict, last_received_at=e.last_received_at,
            questions_count=e.questions_count, link=link_to(Address(e.site_code, e.feed, e.period)),
        )  # fmt: skip


class ReturnInFull(BaseModel):
    """A return and everything that arrived for it."""

    expected: Return | None = Field(description="null: nothing is expected there, and what arrived is not used")
    submissions: list[Submission] = Field(description="In the order in which they came")


class NilReturn(BaseModel, extra="forbid"):
    """There is nothing to report."""

    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="Why, in a sentence", examples=["The practices have no patients of this group this month."],
    )  # fmt: skip


def verdict_of(told: Told) -> Judged:
    """Before the pipeline's verdict there is one only where the contract alone rejects."""
    if told.filed.attempt.verdict:
        return told.filed.attempt.verdict  # type: ignore[return-value]
    return "rejected" if any(f.severity == "error" for f in told.findings) else "being_checked"


def _notes(filing: Filing, told: Told) -> list[str]:
    notes = [edition_sentence(told.address, told.filed.edition, told.expected)]
    if not filing.is_new:
        notes.append(f"These bytes were received before, as submission {filing.submission_id}.")
        if told.later_id is not None:
            notes.append(
                f"Submission {told.later_id} came after it. To have this file taken again in its place, push it with "
                "reinstate=true."
            )
    return notes
