"""A line to the door that fails the first connections in ways of its own, byte by byte, and then is sound.

client -> Line (TCP) -> door
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHUNK = 16 * 1024
Connection = socket.socket
Way = Callable[[Connection, Connection], None]
"""What becomes of a connection: client's end, door's end."""


@dataclass
class Line:
    """``ways``: what becomes of the first connections, in order; the rest are passed on."""

    port: int
    ways: list[Way]
    connections: int = 0
    socket: Connection = field(default_factory=socket.socket)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:  # closed: the test is over
                return
            self.connections += 1
            way = self.ways.pop(0) if self.ways else passed
            door = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=_end, args=(way, client, door), daemon=True).start()


@contextmanager
def line_to(port: int, *ways: Way) -> Iterator[Line]:
    line = Line(port, list(ways))
    line.socket.bind(("127.0.0.1", 0))
    line.socket.listen()
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.socket.shutdown(socket.SHUT_RDWR)
        line.socket.close()


def passed(client: Connection, door: Connection) -> None:
    back = threading.Thread(target=_copy, args=(door, client), daemon=True)
    back.start()
    _copy(client, door)
    back.join()


def cut_after(size: int) -> Way:
    """So many bytes of the request reach the door, and no more."""

    def way(client: Connection, door: Connection) -> None:
        left = size
        while left > 0 and (chunk := client.recv(min(CHUNK, left))):
            door.sendall(chunk)
            left -= len(chunk)

    return way


def cut_before_the_answer(client: Connection, door: Connection) -> None:
    """The door has received everything and answers, and nobody hears it."""
    threading.Thread(target=_copy, args=(client, door), daemon=True).start()
    assert door.recv(1)
    client.shutdown(socket.SHUT_RDWR)


def busy(status: str, *headers: str) -> Way:
    """As a proxy before the door answers for it."""

    def way(client: Connection, door: Connection) -> None:
        client.recv(CHUNK)
        client.sendall("\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", ""]).encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(CHUNK):
            pass

    return way


def _copy(source: Connection, target: Connection) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


def _end(way: Way, client: Connection, door: Connection) -> None:
    """Both ends closed at once, without a farewell, where something was still to come."""
    with contextlib.suppress(OSError):
        way(client, door)
    for each in (client, door):
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()
