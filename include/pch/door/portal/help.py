"""How to send by hand and by script, and what each kind of problem means: pages that are open to everybody."""

from fastapi import APIRouter, Response

from pch.door.access import OfHouse
from pch.door.portal.pages import PerhapsSession, page
from pch.door.problems import KINDS

router = APIRouter()

MEANINGS = {
    "bad-request": "Something in the request is missing or written in a way that cannot be read. The answer says what.",
    "digest-differs": "The file was changed or cut on its way, so nothing was received. Send it again.",
    "cut-short": "The connection ended before the whole file had come, so nothing was received. Send it again.",
    "no-key": "No key came with the request, or one that is not known, has expired or was revoked. The central team "
    "makes new ones.",
    "not-yours": "The key is valid, but not for this feed or this act; or a form did not come from a page of ours.",
    "not-found": "The address is mistyped, or what is there belongs to another site.",
    "no-such-method": "The address is right, but it cannot be asked for in this way.",
    "too-slow": "The file came so slowly that it was given up; nothing was received. Send it again over a better "
    "connection.",
    "too-large": "The file is larger than any month of any site. Check that it is the right one; CSV can be compressed "
    "with gzip.",
    "encoding": "The body is compressed in a way that is not read. Send the file as it is, or compressed with gzip.",
    "key-reused": "An Idempotency-Key stands for one file of one return. Send another file with a new key.",
    "refused": "The request can be read, but what it asks for cannot be: a feed or month that is not collected, a "
    "reply to nothing that was asked. The answer says which.",
    "too-many": "Too many requests in a short time, or keys that were not known. Wait as long as the answer says.",
    "unexpected": "A mistake of ours. Try again, and tell the central team if it goes on.",
    "not-now": "A part of the system does not answer at the moment. Try again in a minute; nothing was received unless "
    "you have a receipt.",
    "no-space": "The central store is full; nothing was received. The central team knows; try again later.",
}
"""What stands behind each kind of problem, and what to do."""


@router.get("/problems")
def show_problems(asking: PerhapsSession) -> Response:
    return page("problems", asking, kinds=list(KINDS.values()), meanings=MEANINGS)


@router.get("/help")
def show_help(asking: PerhapsSession, house: OfHouse) -> Response:
    site = asking.visitor.site_code if asking else None
    return page("help", asking, address=house.settings.door_address, site=site or "PCH001")
