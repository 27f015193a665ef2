"""The process at the door: uvicorn with our application.

Logs name the request and its status, never a key, a body or a value.
"""

import uvicorn

from pch.door.app import create_app
from pch.settings import Settings


def serve(settings: Settings) -> None:
    """Until it is told to stop."""
    uvicorn.run(
        create_app(settings), host=settings.door_host, port=settings.door_port, log_level="warning",
        proxy_headers=True, forwarded_allow_ips=settings.door_proxies, server_header=False,
        ssl_certfile=settings.door_tls_cert, ssl_keyfile=settings.door_tls_key,
    )  # fmt: skip
