"""``/v1/returns``: a file is put where its return is."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from pch.door.access import OfHouse, OfKey
from pch.door.pushing import push
from pch.door.spool import spooled
from pch.intake.receive import Return
from pch.warehouse.calendar import parse_period

router = APIRouter()


@router.put("/returns/{site}/{feed}/{period}")
async def put_file(
    request: Request, response: Response, site: str, feed: str, period: str, asking: OfKey, house: OfHouse
) -> dict[str, Any]:
    """A file for a return; the body is the file."""
    address = Return(site, feed, parse_period(period))
    async with spooled(request, house) as content:
        pushed = await run_in_threadpool(push, house, asking, address, "extract.csv", content, "api")
    response.status_code = 201 if pushed.receipt.is_new else 200
    return {"receipt": pushed.receipt, "looked": pushed.looked}
