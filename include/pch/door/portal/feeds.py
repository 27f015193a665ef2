"""The feeds in words, for whoever makes their files: the contract, a blank template and an example of each.

Open to everybody: what is asked for is no secret, and a supplier may want to know before the site has a key.
"""

from typing import Literal

from fastapi import APIRouter, Response

from pch import registry
from pch.desk.forms import EXAMPLE_PERIOD, blank, example
from pch.door.access import nothing_there
from pch.door.exports import Kind
from pch.door.portal.pages import PerhapsSession, page
from pch.door.portal.submissions import attachment

router = APIRouter()


@router.get("/feeds")
def show_feeds(asking: PerhapsSession) -> Response:
    return page("feeds", asking, feeds=list(registry.feeds().values()))


@router.get("/feeds/{feed}")
def show_feed(feed: str, asking: PerhapsSession) -> Response:
    return page("feed", asking, contract=_contract(feed), period=EXAMPLE_PERIOD, bands=registry.BANDS)


@router.get("/feeds/{feed}/{which}.{kind}")
def download_form(feed: str, which: Literal["template", "example"], kind: Kind) -> Response:
    make = blank if which == "template" else example
    return attachment(make(_contract(feed), kind), f"{feed}-{which}.{kind}", kind)


def _contract(feed: str) -> registry.Feed:
    if feed not in registry.feeds():
        raise nothing_there()
    return registry.feeds()[feed]
