"""A correction beside what it replaces. Neither file is opened here: a worker reads and compares both (``checking``).

two checksums -> house.checks.compare -> Compared
"""

import logging

from fastapi import APIRouter, Response

from pch.door import reading
from pch.door.access import OfHouse, nothing_there
from pch.door.api.parameters import SubmissionId
from pch.door.checking import SECONDS
from pch.door.house import House
from pch.door.portal.pages import page
from pch.door.portal.submissions import replaced
from pch.door.sessions import OfSession
from pch.intake.receive import Return
from pch.reports.findings import Attempt

log = logging.getLogger(__name__)

router = APIRouter()


@router.get("/submissions/{submission_id}/compare")
def show_comparison(submission_id: SubmissionId, asking: OfSession, house: OfHouse) -> Response:
    told = reading.told_to(house, asking, submission_id)
    with house.serving(asking.serves()) as conn:
        before = replaced(reading.history(conn, told.address, told.expected), told)
    if before is None:
        raise nothing_there()
    after = told.filed.attempt
    compared = _compared(house, told.address, before, after)
    return page("compare", asking, address=told.address, before=before, after=after, compared=compared)


def _compared(house: House, address: Return, before: Attempt, after: Attempt) -> object:
    """None where it was too much, or took too long."""
    looking = house.checks.compare(
        house.settings.landing, before.sha256, after.sha256, max(before.bytes, after.bytes), address.feed,
        address.period, address.site_code,
    )  # fmt: skip
    try:
        return looking.result(timeout=2 * SECONDS)
    except Exception as e:  # what it says may quote the file
        log.warning("Comparing submissions %s and %s ended in %s", before.submission_id, after.submission_id,
                    type(e).__name__)  # fmt: skip
        return None
