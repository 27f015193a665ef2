"""The process at the door: uvicorn with our application and our patience.

Logs say what kind of thing went wrong and where, never a key, a body or a value.
"""

import logging
import resource
import traceback
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from pch.door.app import create_app
from pch.door.patience import PatientProtocol
from pch.settings import Settings

log = logging.getLogger(__name__)

CONNECTIONS = 1000
"""At once; one more is told 503. Each may hold some 200 KB of a body in memory."""

KEEP_ALIVE_SECONDS = 15
STOP_SECONDS = 8


def serve(settings: Settings) -> None:
    """Until it is told to stop. A push that is under way then has some seconds to end."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    _allow_files(2 * CONNECTIONS + 200)  # a socket and a file of the spool each
    uvicorn.run(
        _Discreet(create_app(settings)), host=settings.door_host, port=settings.door_port,
        ssl_certfile=settings.door_tls_cert, ssl_keyfile=settings.door_tls_key,
        proxy_headers=True, forwarded_allow_ips=settings.door_proxies, server_header=False,
        http=partial(PatientProtocol, header_seconds=settings.door_header_seconds),  # type: ignore[arg-type]
        ws="none", limit_concurrency=CONNECTIONS, timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS, log_config=None, log_level="warning", access_log=False,
    )  # fmt: skip


class _Discreet:
    """Starlette passes an unexpected exception on, once it is answered, and uvicorn would log all that it says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as e:
            if scope["type"] != "http":
                raise
            frames = traceback.extract_tb(e.__traceback__)[-4:]
            where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
            log.error("%s at %s", type(e).__name__, where)


def _allow_files(most: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
