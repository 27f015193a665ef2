"""The API for programs, version 1: everything below ``/v1``."""

from fastapi import APIRouter

from pch.door.api import returns

router = APIRouter(prefix="/v1")
router.include_router(returns.router)
