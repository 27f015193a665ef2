"""A return: its state, until when, what arrived for it; and the forms that send a file or a nil return.

form -> spool (``uploads``) -> pushing.push -> 303 to the submission
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from pch import registry
from pch.door import reading
from pch.door.access import Asking, OfHouse, nothing_there
from pch.door.api.parameters import Period
from pch.door.house import House
from pch.door.portal import words
from pch.door.portal.pages import page
from pch.door.portal.sites import site_name, tag_of, when
from pch.door.portal.uploads import uploaded
from pch.door.problems import Problem, problem_of
from pch.door.pushing import push, push_nil
from pch.door.sessions import FORM_TOKEN, GuardedForm, OfSession, PushOfSession, require_form_token
from pch.errors import PchError
from pch.intake.receive import Return
from pch.warehouse.calendar import parse_period

router = APIRouter()

DOOR = "portal"


@router.get("/sites/{site}/{feed}/{period}")
def show_return(site: str, feed: str, period: Period, asking: OfSession, house: OfHouse) -> Response:
    return _shown(house, asking, _address(asking, site, feed, period))


@router.post("/sites/{site}/{feed}/{period}")
async def send_file(
    request: Request, site: str, feed: str, period: Period, asking: PushOfSession, house: OfHouse
) -> Response:
    address = _address(asking, site, feed, period)
    try:
        async with uploaded(request, house, lambda fields: _check(asking, fields)) as upload:
            if not upload.file_name:
                raise Problem("bad-request", "Choose a file.", "Nothing was sent.")
            pushed = await run_in_threadpool(push, house, asking, address, upload.file_name, upload.content, DOOR)
    except PchError as error:
        return await run_in_threadpool(_shown, house, asking, address, error, "file")
    return _to_submission(pushed.receipt.submission_id, is_new=pushed.receipt.is_new)


@router.post("/sites/{site}/{feed}/{period}/nil")
def send_nil(
    site: str, feed: str, period: Period, asking: OfSession, form: GuardedForm, house: OfHouse
) -> Response:  # fmt: skip
    address = _address(asking, site, feed, period)
    reason = form.get("reason", "").strip()
    try:
        if not reason:
            raise Problem("bad-request", "Say why there is nothing to report.", "A few words are enough.")
        receipt = push_nil(house, asking, address, reason, DOOR)
    except PchError as error:
        return _shown(house, asking, address, error, "reason", reason)
    return _to_submission(receipt.submission_id, is_new=receipt.is_new)


def _address(asking: Asking, site: str, feed: str, period: str) -> Return:
    """What is not there, and what is not theirs, are the same."""
    asking.require_site(site)
    if feed not in registry.feeds():
        raise nothing_there()
    asking.require_feed(feed)
    return Return(site, feed, parse_period(period))


def _check(asking: Asking, fields: dict[str, str]) -> None:
    require_form_token(asking, fields.get(FORM_TOKEN, ""))


def _shown(
    house: House, asking: Asking, address: Return, error: PchError | None = None, field: str = "", reason: str = ""
) -> Response:
    """The page; with ``error``, what was wrong with the form, at its ``field``."""
    with house.serving(address.site_code) as conn, reading.one_moment(conn):
        name = site_name(conn, address.site_code)
        expected = reading.expected(conn, address)
        arrived = reading.history(conn, address, expected)
    if expected is None and not arrived:
        raise nothing_there()
    problem = problem_of(error) if error else None
    return page(
        "return", asking, problem.kind.status if problem else 200, problem.headers if problem else None,
        address=address, site=address.site_code, name=name, contract=registry.feed(address.feed, address.period),
        expected=expected, tag=tag_of(expected) if expected else None,
        when=when(expected, words.now()) if expected else "", history=arrived, problem=problem, field=field,
        reason=reason, most_mb=house.settings.max_file_mb,
    )  # fmt: skip


def _to_submission(submission_id: int, *, is_new: bool) -> Response:
    return RedirectResponse(f"/submissions/{submission_id}" + ("" if is_new else "?again=true"), 303)
