"""How long a connection may keep the process waiting before it has asked for anything: uvicorn's protocol, with limits.

    connection -> headers, whole within seconds and so many bytes -> body (``bodies``) -> answer, read within seconds

uvicorn bounds only the time between two requests. Whoever sends headers a letter at a time, trailers without end, the
rest of a body that was refused, or does not read the answer, would hold a place here for ever.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES_OF_HEADERS = 64 << 10
SECONDS_TO_LEAVE = 3.0
"""For the rest of a body after its refusal. Closed at once, many a client would see a reset and not the reason."""
SECONDS_TO_READ = 60.0
"""For an answer to move on."""


class PatientProtocol(HttpToolsProtocol):
    """One connection. At most one deadline runs at a time: for headers, or for the rest of a body after its answer."""

    def __init__(self, *given: Any, header_seconds: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._header_seconds = header_seconds
        self._deadline: TimerHandle | None = None
        self._unread: TimerHandle | None = None
        self._in_headers = True
        self._is_leaving = False
        self._idle_bytes = 0
        """Received since the last byte that was of a body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._within(self._header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._deadline, self._unread)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers and self._deadline is None:
            self._within(self._header_seconds)
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > MOST_BYTES_OF_HEADERS and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_headers:  # trailers are of no use here, and there may be no end to them
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_time()
        self._in_headers, self._idle_bytes = False, 0
        super().on_headers_complete()
        self.cycle.transport = cast(asyncio.Transport, _Leaving(self))

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_headers, self._idle_bytes = True, 0
        if self._is_leaving:
            self.transport.close()
        elif self.cycle.response_complete:  # nobody wanted that body, but it ended in time
            self._within(self.timeout_keep_alive)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_body_unwanted and self._deadline is None:
            self._within(SECONDS_TO_LEAVE)

    def leave(self) -> None:
        """Closes after an answer; where the rest of a body is still on its way, a little later."""
        if not self._is_body_unwanted:
            self.transport.close()
            return
        self._is_leaving = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._within(SECONDS_TO_LEAVE)

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            self.transport.abort()  # over TLS, closing waits for the other side, which need not be listening

    @property
    def _is_body_unwanted(self) -> bool:
        return self.cycle.response_complete and self.cycle.more_body

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._unread)

    def _within(self, seconds: float) -> None:
        _cancel(self._deadline)
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _in_time(self) -> None:
        _cancel(self._deadline)
        self._deadline = None


class _Leaving:
    """The transport as an answer sees it: its ``close`` is the protocol's ``leave``."""

    def __init__(self, protocol: PatientProtocol) -> None:
        self._protocol = protocol

    def close(self) -> None:
        self._protocol.leave()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol.transport, name)


def _cancel(*timers: TimerHandle | None) -> None:
    for timer in timers:
        if timer is not None:
            timer.cancel()
