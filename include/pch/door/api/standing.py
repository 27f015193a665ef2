"""Where one stands: whose key it is, how the sites are doing (for the central team), and whether the door is open."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from pch.door import reading
from pch.door.access import OfHouse, OfKey
from pch.door.api.parameters import MONTH, month
from pch.door.api.words import Moment
from pch.door.problems import Problem, documented
from pch.warehouse.calendar import last_complete_month

HEALTH_SECONDS = 2.0

router = APIRouter(tags=["standing"])
health = APIRouter(tags=["standing"])


class Me(BaseModel):
    """A key, without its secret."""

    key_id: str
    holder: str
    site: str | None = Field(description="null: the central team's, for every site")
    feeds: list[str] | None = Field(description="null: for every feed")
    is_simulation: bool
    expires_at: Moment


class SiteStates(BaseModel):
    """How many returns of a site are in which state."""

    site: str
    name: str
    states: dict[reading.State, int]


class Health(BaseModel):
    """The door is open, and the database behind it answers."""

    status: str = Field(examples=["open"])


@router.get("/me", summary="Whose key this is")
def me(asking: OfKey) -> Me:
    """Whose key it is, for what, and until when."""
    who = asking.visitor
    assert who.key_id is not None
    return Me(
        key_id=who.key_id, holder=who.holder, site=who.site_code, feeds=sorted(who.feeds) if who.feeds else None,
        is_simulation=who.is_simulation, expires_at=who.expires_at,
    )  # fmt: skip


@router.get("/sites", summary="The sites (central team)", responses=documented("not-yours"))
def sites(
    asking: OfKey, house: OfHouse,
    period: Annotated[str | None, Query(pattern=MONTH, description="The last complete month by default",
                                        examples=["2026-04"])] = None,
) -> list[SiteStates]:  # fmt: skip
    """Each site with its returns of a month, counted by state."""
    if asking.visitor.site_code is not None:
        raise Problem("not-yours", "The list of sites is for the central team.", "A site has GET /v1/returns/{site}.")
    chosen = month(period, last_complete_month(datetime.now(UTC).date()))
    with house.serving(asking.serves()) as conn:
        found = reading.sites(conn, chosen)
    return [SiteStates(site=s.site_code, name=s.site_name, states=s.states) for s in found]


@health.get("/health", summary="Is the door open?", responses=documented("not-now"))
def is_open(house: OfHouse) -> Health:
    """For whoever watches over the process: no key, no data."""
    with house.serving(None, patience=HEALTH_SECONDS) as conn:
        conn.execute("select 1")
    return Health(status="open")
