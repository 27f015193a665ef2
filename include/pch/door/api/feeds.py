"""``/v1/feeds``: the contracts, for programs that make files."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from pch import registry
from pch.door.access import OfKey, nothing_there
from pch.door.api.parameters import MONTH
from pch.door.api.parameters import Feed as FeedName
from pch.door.problems import documented
from pch.registry import Feed
from pch.warehouse.calendar import parse_period

router = APIRouter(prefix="/feeds", tags=["feeds"])


class FeedInBrief(BaseModel):
    """A kind of extract."""

    feed: str = Field(examples=["registered_list"])
    title: str
    description: str
    version: int
    due_months: list[int] = Field(description="Calendar months in which a return is due")
    link: str = Field(examples=["/v1/feeds/registered_list"])


@router.get("", summary="The feeds")
def list_feeds(asking: OfKey) -> list[FeedInBrief]:
    """Every kind of extract that is collected."""
    return [
        FeedInBrief(feed=f.feed, title=f.title, description=f.description, version=f.version, due_months=f.due_months,
                    link=f"/v1/feeds/{f.feed}")
        for f in registry.feeds().values()
    ]  # fmt: skip


@router.get("/{feed}", summary="The contract of a feed", responses=documented("refused"))
def get_feed(
    feed: FeedName, asking: OfKey,
    period: Annotated[str | None, Query(pattern=MONTH, description="As it was for that month; the newest by default",
                                        examples=["2026-04"])] = None,
) -> Feed:  # fmt: skip
    """Columns, types and keys, and the spellings that are read as them."""
    if feed not in registry.feeds():
        raise nothing_there()
    return registry.feed(feed, parse_period(period) if period else None)
