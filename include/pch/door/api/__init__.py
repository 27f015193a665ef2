"""The API for programs, version 1: everything below ``/v1``, and ``/health``.

headers, parameters -> returns | submissions | feeds | standing -> models (words) -> JSON; description: OpenAPI
"""

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer

from pch.door.api import feeds, returns, standing, submissions
from pch.door.problems import documented

_KEY = HTTPBearer(
    scheme_name="key", auto_error=False,
    description="A key of a site, or of the central team; 'pch keys make' makes one. 'Authorization: Bearer pch_...'",
)  # fmt: skip

v1 = APIRouter(
    prefix="/v1", dependencies=[Security(_KEY)],
    responses=documented("bad-request", "no-key", "not-found", "too-many", "unexpected", "not-now"),
)  # fmt: skip
for part in (returns, submissions, feeds, standing):
    v1.include_router(part.router)

router = APIRouter()
router.include_router(v1)
router.include_router(standing.health)
