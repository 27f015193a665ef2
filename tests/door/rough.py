"""Callers who do not keep to the rules of HTTP, and what a file is told.

a socket -> whatever bytes, at whatever pace -> the answer, if there is one
"""

import socket
import time
from http.client import HTTPResponse
from typing import Any

import httpx
from front import Door

FEED, PERIOD = "registered_list", "2026-04"
HEADER = "practice_code,sex,age_band,registered_count\n"
LIST = HEADER + "A81001,female,0-4,10\nA81001,male,0-4,12\n"


def address(site: str = "PCH001", feed: str = FEED, period: str = PERIOD) -> str:
    return f"/v1/returns/{site}/{feed}/{period}"


def line(door: Door) -> socket.socket:
    return socket.create_connection((door.settings.door_host, door.settings.door_port), timeout=20)


def head(door: Door, *headers: str, path: str = address(), key: str | None = None) -> bytes:
    """The beginning of a push, ready for its body."""
    lines = [f"PUT {path} HTTP/1.1", "Host: door", f"Authorization: Bearer {key or door.key('PCH001')}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(wire: socket.socket) -> tuple[int, str]:
    """Status and body of the answer."""
    with HTTPResponse(wire) as response:
        response.begin()
        return response.status, response.read().decode()


def is_closed(wire: socket.socket, within: float = 10) -> bool:
    """Whether the other side ends the connection, without another word."""
    wire.settimeout(within)
    try:
        return wire.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def told(client: httpx.Client, path: str, content: bytes | str, **headers: str) -> dict[str, Any]:
    """What a push is told of its file; asked again where the answer came before the look was over."""
    answer = client.put(path, content=content, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    said: dict[str, Any] = answer.json()
    deadline = time.monotonic() + 30
    while said["basis"] == "nothing_yet" and time.monotonic() < deadline:
        time.sleep(0.1)
        found = client.get(f"/v1/submissions/{answer.json()['receipt']['submission_id']}/findings")
        said = answer.json() | found.raise_for_status().json()
    return said


def rules(said: dict[str, Any], severity: str = "error") -> list[str]:
    return [finding["rule"] for finding in said["findings"] if finding["severity"] == severity]
