"""A submission: its receipt, whether it is still being checked, what was found, and what to do about it.

reading.told -> receipt, verdict, findings gravest first, questions with a form to answer them
             -> the same findings as CSV or XLSX; the file as it came; state, for the script that watches
reply form   -> answers.reply -> 303 back
"""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, RedirectResponse

from pch.door import reading
from pch.door.access import Asking, OfHouse
from pch.door.api.parameters import SubmissionId
from pch.door.api.submissions import get_file
from pch.door.exports import FINDING_COLUMNS, MEDIA_TYPE, Kind, findings_lines, written
from pch.door.house import House
from pch.door.portal import words
from pch.door.portal.pages import page
from pch.door.portal.sites import site_name, tag_of
from pch.door.problems import Problem, problem_of
from pch.door.reading import Told
from pch.door.sessions import GuardedForm, OfSession
from pch.errors import PchError
from pch.warehouse.answers import reply

router = APIRouter()


@router.get("/submissions/{submission_id}")
def show_submission(submission_id: SubmissionId, asking: OfSession, house: OfHouse, again: bool = False) -> Response:
    return _shown(house, asking, submission_id, is_again=again)


@router.get("/submissions/{submission_id}/state")
def show_state(submission_id: SubmissionId, asking: OfSession, house: OfHouse) -> Response:
    """For the script: what the findings rest on, whether there is a verdict, and in a sentence what it is."""
    told = reading.told_to(house, asking, submission_id)
    is_checked = told.filed.attempt.verdict is not None
    return JSONResponse({"basis": told.basis, "is_checked": is_checked, "sentence": summary(told)})


@router.get("/submissions/{submission_id}/findings.{kind}")
def download_findings(submission_id: int, kind: Kind, asking: OfSession, house: OfHouse) -> Response:
    told = reading.told_to(house, asking, submission_id)
    content = written(kind, f"submission {submission_id}", FINDING_COLUMNS, findings_lines(told.findings))
    return attachment(content, f"findings-of-submission-{submission_id}.{kind}", kind)


@router.get("/submissions/{submission_id}/file")
def download_file(submission_id: SubmissionId, asking: OfSession, house: OfHouse) -> Response:
    return get_file(submission_id, asking, house)


@router.post("/submissions/{submission_id}/reply")
def send_reply(submission_id: SubmissionId, asking: OfSession, form: GuardedForm, house: OfHouse) -> Response:
    told = reading.told_to(house, asking, submission_id)
    rule, subject = form.get("rule", ""), form.get("subject", "")
    try:
        if not form.get("reason_code"):
            raise Problem("bad-request", "Choose a reason.", "")
        with house.serving(told.address.site_code) as conn, conn.transaction():
            reply_id = reply(
                conn, submission_id, rule, subject, form["reason_code"], form.get("sentence", ""), asking.visitor.holder
            )  # fmt: skip
        asking.note(reply_id=reply_id)
    except PchError as error:
        return _shown(house, asking, submission_id, error, form)
    return RedirectResponse(f"/submissions/{submission_id}#findings", 303)


def attachment(content: bytes, file_name: str, kind: Kind) -> Response:
    """A file of ours to be saved and not shown."""
    disposition = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(content, media_type=MEDIA_TYPE[kind], headers=disposition)


def summary(told: Told) -> str:
    """The verdict in a sentence: what it means and how much was found."""
    counts = [
        words.counted(n, one, many)
        for severity, one, many in (("error", "error", "errors"), ("warning", "warning", "warnings"))
        if (n := sum(f.severity == severity for f in told.findings))
    ]
    found = f" {' and '.join(counts)}." if counts else ""
    verdict = told.filed.attempt.verdict
    if verdict == "rejected":
        return f"Checked: the file is rejected.{found} Put the errors right and send a correction."
    if verdict is None and "error" in {f.severity for f in told.findings}:
        return f"The file cannot be used as it is:{found} The rest is still being checked."
    if verdict is None:
        return "The file is being checked. This takes a minute or two."
    return f"Checked: the {'nil return' if told.filed.attempt.nil_reason else 'file'} is accepted.{found}"


def _shown(
    house: House, asking: Asking, submission_id: int, error: PchError | None = None, form: dict[str, str] | None = None,
    *, is_again: bool = False,
) -> Response:  # fmt: skip
    """The page; with ``error``, what was wrong with the reply in ``form``."""
    told = reading.told_to(house, asking, submission_id)
    with house.serving(asking.serves()) as conn:
        name = site_name(conn, told.address.site_code)
        reasons = conn.execute("select reason_code, meaning from ref.reason order by meaning").fetchall()
        earlier = replaced(reading.history(conn, told.address, told.expected), told)
    problem = problem_of(error) if error else None
    return page(
        "submission", asking, problem.kind.status if problem else 200, problem.headers if problem else None,
        told=told, address=told.address, attempt=told.filed.attempt, site=told.address.site_code, name=name,
        summary=summary(told), edition=reading.edition_sentence(told.address, told.filed.edition, told.expected),
        tag=tag_of(told.expected) if told.expected else None, reasons=reasons, earlier=earlier, is_again=is_again,
        problem=problem, form=form or {},
    )  # fmt: skip


def replaced(history: list[reading.Filed], told: Told) -> Any:
    """The attempt that this one takes the place of: the last accepted one before it, else the last one; None where
    there is none, or one of the two is a nil return."""
    mine = told.filed.attempt
    before = [f.attempt for f in history if f.attempt.attempt < mine.attempt and f.attempt.nil_reason is None]
    if mine.nil_reason is not None or not before:
        return None
    accepted = [a for a in before if a.verdict != "rejected" and a.verdict is not None]
    return (accepted or before)[-1]
