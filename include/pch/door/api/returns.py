"""``/v1/returns``: a file is put where its return is, and the calendar says what is expected.

headers (``headers``) -> body to the disk (``spool``) -> checksum as announced? -> ``pushing`` -> receipt, findings
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from pch.desk.looked import Looked
from pch.door import reading
from pch.door.access import OfHouse, OfKey, PushOfKey, nothing_there
from pch.door.api.headers import FileOfHeaders, OfHeaders, require_readable
from pch.door.api.models import NilReturn, Pushed, Return, ReturnInFull, Submission
from pch.door.api.parameters import MONTH, ReturnOfKey, Site, month
from pch.door.house import House
from pch.door.problems import documented
from pch.door.pushing import push, push_nil, rehearse
from pch.door.spool import spooled
from pch.intake.receive import Receipt
from pch.intake.receive import Return as Address
from pch.warehouse.calendar import add_months

router = APIRouter(prefix="/returns", tags=["returns"])

DOOR = "api"

_NEW = {
    "description": "Received",
    "headers": {
        "Location": {"description": "The submission", "schema": {"type": "string"}},
        "Preference-Applied": {"description": "respond-async, if asked for", "schema": {"type": "string"}},
    },
}
_FILE = {
    "requestBody": {
        "required": True,
        "description": "The file itself: CSV, XLSX, gzip, ZIP or Parquet",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put(
    "/{site}/{feed}/{period}", status_code=201, response_model=Pushed, openapi_extra=_FILE,
    summary="Push a file", response_description="Received",
    responses={
        200: {"model": Pushed, "description": "Received before: the same receipt; or a rehearsal"}, 201: _NEW,
        **documented("digest-differs", "cut-short", "bad-request", "not-yours", "too-slow", "too-large", "encoding",
                     "key-reused", "refused", "no-space"),
    },
)  # fmt: skip
async def put_file(
    request: Request, response: Response, address: ReturnOfKey, asking: PushOfKey, house: OfHouse, said: FileOfHeaders,
    reinstate: Annotated[bool, Query(description="Take a file again that another one replaced")] = False,
    dry_run: Annotated[bool, Query(description="Say what would be found, as far as that needs no history; file "
                                               "nothing")] = False,
) -> Pushed:  # fmt: skip
    """The body is the file. Its receipt comes with what its contract (columns, types, keys) makes of it; the verdict
    follows within minutes. The same bytes again, at once or years later, get the receipt they got before."""
    require_readable(request.headers.get("content-encoding"), request.headers.get("content-type"))
    file_name = said.file_name or f"{address.site_code}.{address.feed}.{address.period:%Y-%m}"
    async with spooled(request, house) as content:
        await run_in_threadpool(said.check, content)
        if dry_run:
            response.status_code = 200
            looked = await rehearse(house, asking, address, file_name, content)
            return await run_in_threadpool(_rehearsed, house, address, looked)
        pushed = await run_in_threadpool(
            push, house, asking, address, file_name, content, DOOR, idempotency_key=said.idempotency_key,
            received_at=said.received_at, reinstate=reinstate, unseen=said.is_async,
        )  # fmt: skip
    if said.is_async:
        response.headers["Preference-Applied"] = "respond-async"
    return await run_in_threadpool(_answer, house, response, pushed.receipt)


@router.put(
    "/{site}/{feed}/{period}/nil", status_code=201, response_model=Pushed, summary="Push a nil return",
    response_description="Received",
    responses={200: {"model": Pushed, "description": "Received before: the same receipt"}, 201: _NEW,
               **documented("bad-request", "not-yours", "key-reused", "refused")},
)  # fmt: skip
def put_nil(
    response: Response, address: ReturnOfKey, asking: PushOfKey, house: OfHouse, said: OfHeaders, nil: NilReturn
) -> Pushed:
    """There is nothing to report, and why. A nil return is a submission like any other."""
    receipt = push_nil(
        house, asking, address, nil.reason, DOOR, idempotency_key=said.idempotency_key, received_at=said.received_at
    )
    return _answer(house, response, receipt)


@router.get("/{site}", summary="The calendar of a site", responses=documented("bad-request"))
def calendar(
    site: Site, asking: OfKey, house: OfHouse,
    first: Annotated[str | None, Query(alias="from", pattern=MONTH, description="First month; a year ago by default",
                                       examples=["2026-01"])] = None,
    last: Annotated[str | None, Query(alias="to", pattern=MONTH, description="Last month; this one by default",
                                      examples=["2026-12"])] = None,
    state: Annotated[list[reading.State] | None, Query(description="Only returns in one of these states")] = None,
) -> list[Return]:  # fmt: skip
    """What is expected of the site, by when, and what became of it; months in order."""
    asking.require_site(site)
    until = month(last, datetime.now(UTC).date().replace(day=1))
    since = month(first, add_months(until, -12))
    with house.serving(asking.serves()) as conn:
        if not reading.is_site(conn, site):
            raise nothing_there()
        found = reading.calendar(conn, site, since, until, asking.visitor.feeds, state)
    return [Return.of(expected) for expected in found]


@router.get("/{site}/{feed}/{period}", summary="A return", responses=documented("not-yours", "refused"))
def get_return(address: ReturnOfKey, asking: OfKey, house: OfHouse) -> ReturnInFull:
    """What is expected, and everything that arrived for it."""
    with house.serving(asking.serves()) as conn, reading.one_moment(conn):
        awaited = reading.expected(conn, address)
        arrived = reading.history(conn, address, awaited)
    if awaited is None and not arrived:
        raise nothing_there()
    return ReturnInFull(
        expected=Return.of(awaited) if awaited else None,
        submissions=[Submission.filed(address, filed) for filed in arrived],
    )


def _rehearsed(house: House, address: Address, looked: Looked) -> Pushed:
    with house.serving(address.site_code) as conn:
        awaited = reading.expected(conn, address)
    return Pushed.rehearsed(address, looked, awaited, datetime.now(UTC))


def _answer(house: House, response: Response, receipt: Receipt) -> Pushed:
    with house.serving(receipt.site_code) as conn, reading.one_moment(conn):
        told = reading.told(conn, receipt.submission_id)
    assert told is not None
    answer = Pushed.of(receipt, told)
    response.status_code = 201 if receipt.is_new else 200
    if answer.links:
        response.headers["Location"] = answer.links.submission
    return answer
