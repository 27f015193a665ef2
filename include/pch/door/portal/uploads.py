"""A file in a form of a page -> a file of ours, as a program's body is: counted, summed, never held.

    multipart body -> fields, checked before a byte of the file is taken -> the file's bytes -> spool -> Upload

Reads as it comes, with the same limits on bytes, silence and speed (``bodies``, ``spool``).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from pch.door.house import House
from pch.door.problems import Problem
from pch.door.spool import spooled
from pch.intake.landing import Spooled

MOST_FIELD_BYTES = 16 << 10  # of all fields but the file
_LEAST_FIELD_BYTES = 64  # what one counts for, however short

Fields = dict[str, str]


@dataclass(frozen=True)
class Upload:
    """``file_name``: what the sender calls the file; empty where the form came without one."""

    fields: Fields
    file_name: str
    content: Spooled


@asynccontextmanager
async def uploaded(request: Request, house: House, check: Callable[[Fields], None]) -> AsyncIterator[Upload]:
    """The file on the disk until the end of the block. ``check`` sees the fields that came before it and may raise.
    Raises Problem."""
    form = _Form(request, check)
    async with spooled(form, house) as content:
        form.require_whole()
        yield Upload(form.fields, form.file_name, content)


class _Form(Request):
    """A request whose stream is the file in its form."""

    def __init__(self, request: Request, check: Callable[[Fields], None]) -> None:
        super().__init__(request.scope, request.receive)
        self.fields: Fields = {}
        self.file_name = ""
        self._check = check
        self._header, self._value, self._disposition = b"", b"", b""
        self._name: str | None = None  # of the field under way; None: of no interest, or the file
        self._is_file = self._had_file = self._is_over = False
        self._pieces: list[bytes] = []
        self._size = 0

    async def stream(self) -> AsyncGenerator[bytes, None]:
        kind, options = parse_options_header(self.headers.get("content-type"))
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise _broken()
        try:
            parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_end": self._on_end,
                },
            )
            async for chunk in super().stream():
                parser.write(chunk)
                for piece in self._pieces:
                    yield piece
                self._pieces.clear()
        except FormParserError:
            raise _broken() from None

    def require_whole(self) -> None:
        """Raises Problem where the body ended before the form did."""
        if not self._is_over:
            raise Problem("cut-short", "The connection ended before the file did.", "Send it again.")
        if not self._had_file:
            self._check(self.fields)

    def _on_part_begin(self) -> None:
        self._name, self._is_file, self._disposition = None, False, b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"filename" in options:
            if self._had_file:
                raise Problem("bad-request", "The form holds more than one file.", "Send one file at a time.")
            self._check(self.fields)
            self._is_file = self._had_file = True
            self.file_name = options[b"filename"].decode(errors="replace")
        else:
            self._name = options.get(b"name", b"").decode(errors="replace")
            self._grow(_LEAST_FIELD_BYTES + len(self._name))
            self.fields[self._name] = ""

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(data[start:end])
        elif self._name is not None:
            self._grow(end - start)
            self.fields[self._name] += data[start:end].decode(errors="replace")

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MOST_FIELD_BYTES:
            raise Problem("too-large", "The form holds too much text.", "Shorten it and send it again.")

    def _on_end(self) -> None:
        self._is_over = True


def _broken() -> Problem:
    return Problem("bad-request", "This is not the form of a page.", "Open the page again and use its form.")
