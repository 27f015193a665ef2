"""Case 25 on the wire: endless, slow and silent requests are ended, and other sites' pushes do not notice."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fresh import fresh_warehouse
from front import Door, a_port, open_door, register
from rough import LIST, address, answered, head, is_closed, line

from pch.settings import Settings

MOST_MB = 16
SHORT = {
    "PCH_MAX_FILE_MB": str(MOST_MB),
    "PCH_DOOR_HEADER_SECONDS": "1",
    "PCH_DOOR_SILENCE_SECONDS": "1",
    "PCH_DOOR_GRACE_SECONDS": "1.5",
}
TEN_GIGABYTES = 10 << 30


@pytest.fixture(scope="module")
def door(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door of little patience."""
    folder = tmp_path_factory.mktemp("slow")
    with fresh_warehouse(server, folder) as fresh:
        settings = fresh.model_copy(update={"door_port": a_port(), "home": folder})
        (folder / "secrets.json").write_text(server.secrets_file.read_text())
        register(settings)
        with open_door(settings, folder, **SHORT) as opened:
            yield opened


@pytest.fixture
def wire(door: Door) -> Iterator[socket.socket]:
    with line(door) as opened:
        yield opened


def drip(wire: socket.socket, text: bytes, pause: float) -> None:
    """A byte at a time, until the other side has had enough."""
    try:
        for each in text:
            wire.sendall(bytes([each]))
            time.sleep(pause)
    except ConnectionError:
        pass


def test_ten_gigabytes_announced_are_refused_before_a_byte_of_them(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, f"Content-Length: {TEN_GIGABYTES}"))
    status, said = answered(wire)
    assert status == 413
    assert f"The file is larger than {MOST_MB} MB." in said
    assert is_closed(wire)


def test_ten_gigabytes_in_chunks_end_at_the_limit(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Transfer-Encoding: chunked"))
    megabyte = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    sent = 0
    wire.settimeout(0.01)
    while sent < 1024:
        try:
            if wire.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            wire.settimeout(20)
            wire.sendall(megabyte)
            wire.settimeout(0.01)
            sent += 1
    wire.settimeout(20)
    status, said = answered(wire)
    assert (status, f"larger than {MOST_MB} MB" in said) == (413, True)
    assert MOST_MB <= sent < MOST_MB + 32  # what stands in the buffers of both ends
    assert list((door.settings.home / "spool").iterdir()) == []


def test_expect_continue_is_answered_before_the_body(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, f"Content-Length: {TEN_GIGABYTES}", "Expect: 100-continue"))
    assert answered(wire)[0] == 413


def test_a_silent_body(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Content-Length: 1000") + b"practice_code,")
    status, said = answered(wire)
    assert (status, "No byte came for" in said, "Send it again" in said) == (408, True, True)
    assert is_closed(wire)


def test_a_slow_body(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Content-Length: 1000"))
    drip(wire, b"x" * 8, 0.25)
    status, said = answered(wire)
    assert (status, "The file came too slowly." in said) == (408, True)


def test_a_body_that_breaks_off_leaves_nothing(door: Door, wire: socket.socket) -> None:
    before = door.value("select count(*) from ops.submission")
    wire.sendall(head(door, "Content-Length: 1000") + b"practice_code,")
    wire.close()
    deadline = time.monotonic() + 5
    while list((door.settings.home / "spool").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list((door.settings.home / "spool").iterdir()) == []
    assert door.value("select count(*) from ops.submission") == before


def test_headers_that_do_not_come(door: Door) -> None:
    with line(door) as nothing, line(door) as a_part, line(door) as empty_lines:
        a_part.sendall(b"GET /health HTTP/1.1\r\nHost: do")
        empty_lines.sendall(b"\r\n")
        assert [is_closed(wire) for wire in (nothing, a_part, empty_lines)] == [True] * 3


def test_headers_a_letter_at_a_time(wire: socket.socket) -> None:
    begun = time.monotonic()
    drip(wire, b"GET /health HTTP/1.1\r\n" + b"X-Slow: x\r\n" * 10, 0.2)
    assert is_closed(wire)
    assert time.monotonic() - begun < 10  # all of them would have taken 26


def test_headers_that_come_slowly_after_another_request(wire: socket.socket) -> None:
    wire.sendall(b"GET /health HTTP/1.1\r\nHost: door\r\n\r\n")
    assert answered(wire)[0] == 200
    wire.sendall(b"\r\n")
    assert is_closed(wire)


def test_headers_without_end(wire: socket.socket) -> None:
    wire.sendall(b"GET /health HTTP/1.1\r\nHost: door\r\nX-Large: " + b"x" * (200 << 10))
    assert answered(wire) == (400, "The headers are too large.")


def test_trailers_without_end(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n" + b"X-More: x\r\n" * 20_000)
    assert answered(wire) == (400, "The headers are too large.")


def test_a_body_after_its_refusal_does_not_keep_the_connection(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Content-Length: 1000", key="unknown"))
    assert answered(wire)[0] == 401
    drip(wire, b"x" * 20, 0.3)
    assert is_closed(wire)


def test_a_small_body_after_its_refusal_leaves_the_connection_open(door: Door, wire: socket.socket) -> None:
    wire.sendall(head(door, "Content-Length: 5", key="unknown"))
    assert answered(wire)[0] == 401
    wire.sendall(b"x" * 5 + b"GET /health HTTP/1.1\r\nHost: door\r\n\r\n")
    assert answered(wire)[0] == 200


def test_a_large_form_is_refused(door: Door) -> None:
    """What is no file is small, also where nobody says how long it is, and before anybody is asked for a key."""
    with door.client("PCH001", key="unknown") as stranger:
        answer = stranger.put(f"{address()}/nil", content=iter([b" " * (1 << 19)] * 3))
    assert (answer.status_code, answer.json()["detail"]) == (413, "The file is larger than 1 MB.")


def slow_bodies(door: Door) -> list[bytes]:
    """Of many keys: one alone has its turn eight times at once."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    keys = [door.key("PCH001", expires_at=soon) for _ in range(25)]
    return [head(door, "Content-Length: 1000000", key=key) + LIST.encode() for key in keys * 8]


def slow_headers(door: Door) -> list[bytes]:
    return [head(door)[:-4]] * 200


@pytest.mark.parametrize("begin", [slow_bodies, slow_headers])
def test_two_hundred_slow_connections_leave_other_sites_pushes_alone(
    door: Door, begin: Callable[[Door], list[bytes]]
) -> None:
    with ExitStack() as stack, door.client("PCH002") as other:
        beginnings = begin(door)
        slow = [stack.enter_context(line(door)) for _ in beginnings]
        for wire, beginning in zip(slow, beginnings, strict=True):
            wire.sendall(beginning)
        receipts = [other.put(address("PCH002"), content=f"{LIST}{begin.__name__},{n}\n") for n in range(5)]
        assert [r.status_code for r in receipts] == [201] * 5
        if begin is slow_bodies:
            assert {answered(wire)[0] for wire in slow} == {408}
        assert all(is_closed(wire) for wire in slow)


def test_a_door_that_was_attacked_is_as_it_was(door: Door, tmp_path: Path) -> None:
    assert list((door.settings.home / "spool").iterdir()) == []
    assert door.process.memory_info().rss < 300 << 20
    assert "Traceback" not in door.log.read_text()
