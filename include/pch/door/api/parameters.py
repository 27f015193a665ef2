"""What stands in the path of a request: a site, a feed, a period, a submission, and whether they are the key's."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Path

from pch.door.access import OfKey
from pch.intake.receive import Return
from pch.warehouse.calendar import parse_period
from pch.warehouse.register import SITE_CODE

MONTH = "^[12][0-9]{3}-(0[1-9]|1[0-2])$"

Site = Annotated[str, Path(pattern=f"^{SITE_CODE.pattern}$", description="Code of the site", examples=["PCH001"])]
Feed = Annotated[
    str, Path(pattern="^[a-z][a-z0-9_]{0,62}$", description="The kind of extract", examples=["registered_list"])
]
Period = Annotated[str, Path(pattern=MONTH, description="The month the file is about", examples=["2026-04"])]
SubmissionId = Annotated[int, Path(ge=1, lt=2**63, description="Its number, as the receipt has it")]


async def of_key(site: Site, feed: Feed, period: Period, asking: OfKey) -> Return:
    """A return that this key may see and push for. Raises Problem before a byte of a body is read."""
    asking.require_site(site)
    asking.require_feed(feed)
    return Return(site, feed, parse_period(period))


def month(text: str | None, otherwise: date) -> date:
    return parse_period(text) if text else otherwise


ReturnOfKey = Annotated[Return, Depends(of_key)]
