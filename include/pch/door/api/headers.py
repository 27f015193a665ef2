"""What the headers of a push say of its body, each read by its own rules.

    Content-Digest RFC 9530   Idempotency-Key IETF draft   Content-Disposition RFC 6266   Prefer RFC 7240   -> File

What cannot be read is refused, not passed over: whoever sends a checksum wants it compared.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Annotated

import http_sf
from fastapi import Depends, Header

from pch.door.access import OfKey
from pch.door.problems import Problem
from pch.intake.landing import Spooled

CHECKED = {"sha-256", "sha-512"}
"""The algorithms that RFC 9530 calls active; any other is passed over."""

_BARE_KEY = re.compile(r"[!#-+\--\[\]-~]{1,255}")  # printable, without space, quote, comma and backslash


@dataclass(frozen=True)
class Announced:
    """``received_at`` (aware) is a simulation's word; None: now."""

    idempotency_key: str | None
    received_at: datetime | None


@dataclass(frozen=True)
class File(Announced):
    """``digests``: by algorithm, what the body's checksums should be."""

    digests: dict[str, bytes]
    file_name: str | None
    is_async: bool

    def check(self, content: Spooled) -> None:
        """Raises Problem where other bytes arrived than were announced."""
        for algorithm, wanted in self.digests.items():
            if _digest(content, algorithm) != wanted:
                raise Problem(
                    "digest-differs",
                    f"The {algorithm} of the {content.bytes:,} bytes that arrived is not the one in Content-Digest. "
                    "Nothing was received.",
                    "Send it again.",
                )


async def announced(
    asking: OfKey,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Stands for this file of this return, for ever; with another file it is refused. Without it "
            "the bytes are the key: the same bytes again get the same receipt.",
            examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
        ),
    ] = None,
    simulated_received_at: Annotated[
        str | None,
        Header(
            alias="Simulated-Received-At",
            description="When the file is to count as received (RFC 3339); for simulations only",
            examples=["2026-05-12T08:30:00Z"],
        ),
    ] = None,
) -> Announced:
    """The headers of every push."""
    if simulated_received_at is not None and not asking.visitor.is_simulation:
        raise Problem(
            "not-yours", "Only the key of a simulation may say when a file arrived.",
            "Leave the header Simulated-Received-At out.",
        )  # fmt: skip
    return Announced(_key(idempotency_key), _moment(simulated_received_at))


async def announced_file(
    said: Annotated[Announced, Depends(announced)],
    content_digest: Annotated[
        str | None,
        Header(
            alias="Content-Digest",
            description="Checksum of the body (RFC 9530). sha-256 and sha-512 are compared, others passed over.",
            examples=["sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"],
        ),
    ] = None,
    content_disposition: Annotated[
        str | None,
        Header(
            alias="Content-Disposition",
            description="The file's name at your end (RFC 6266)",
            examples=['attachment; filename="list.csv"'],
        ),
    ] = None,
    prefer: Annotated[
        str | None,
        Header(
            alias="Prefer",
            description="`respond-async`: a receipt at once, without a look at the file (RFC 7240)",
            examples=["respond-async"],
        ),
    ] = None,
) -> File:
    """The headers of a push that brings a file."""
    preferences = {part.split(";")[0].strip().lower() for part in (prefer or "").split(",")}
    return File(
        said.idempotency_key, said.received_at, _digests(content_digest), _file_name(content_disposition),
        "respond-async" in preferences,
    )  # fmt: skip


def require_readable(content_encoding: str | None, content_type: str | None) -> None:
    """Raises Problem for a body that would not be the file itself. A gzip file is a file: it is kept as it came."""
    if (content_encoding or "identity").strip().lower() not in ("identity", "gzip"):
        raise Problem(
            "encoding", f"The Content-Encoding '{content_encoding}' is not read.",
            "Send the file as it is, or as a gzip file.", {"Accept-Encoding": "gzip, identity"},
        )  # fmt: skip
    if (content_type or "").lower().startswith("multipart/"):
        raise Problem(
            "encoding", "The body is a form with a file in it.",
            "Send the file itself as the body: 'curl --upload-file FILE', not 'curl --form'.",
        )  # fmt: skip


def _digests(text: str | None) -> dict[str, bytes]:
    try:
        said = http_sf.parse((text or "").encode(), tltype="dictionary")
    except http_sf.StructuredFieldError:
        raise _unreadable("Content-Digest", "sha-256=:<base64>:") from None
    assert isinstance(said, dict)
    found = {}
    for algorithm in CHECKED & said.keys():
        match said[algorithm]:
            case (bytes() as digest, _):
                found[algorithm] = digest
            case _:
                raise _unreadable("Content-Digest", "sha-256=:<base64>:")
    return found


def _key(text: str | None) -> str | None:
    """A string as the draft has it; as so many leave the quotes out, the bare text means the same."""
    if text is None:
        return None
    if _BARE_KEY.fullmatch(text.strip()):
        return text.strip()
    try:
        item = http_sf.parse(text.encode(), tltype="item")
    except http_sf.StructuredFieldError:
        raise _unreadable("Idempotency-Key", '"8e03978e-40d5-43dd-bc93-6894a57f9324"') from None
    value = item[0] if isinstance(item, tuple) else None
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise _unreadable("Idempotency-Key", '"8e03978e-40d5-43dd-bc93-6894a57f9324", at most 255 characters')
    return value


def _file_name(text: str | None) -> str | None:
    """The name, of any alphabet; where both forms are given, the one that says its alphabet (``filename*``)."""
    if text is None:
        return None
    message = Message()
    message["content-disposition"] = _utf8(text)
    names = [value for name, value in message.get_params([], "content-disposition") if name.lower() == "filename"]
    names.sort(key=lambda value: isinstance(value, str))
    return collapse_rfc2231_value(names[0]) or None if names else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _unreadable("Simulated-Received-At", "2026-05-12T08:30:00Z")
    return at


def _utf8(text: str) -> str:
    """Headers come as Latin-1; many a client puts UTF-8 there."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _digest(content: Spooled, algorithm: str) -> bytes:
    if algorithm == "sha-256":
        return bytes.fromhex(content.sha256)
    with content.path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").digest()


def _unreadable(header: str, like: str) -> Problem:
    return Problem("bad-request", f"The header {header} cannot be read.", f"Write it like {like}, or leave it out.")


OfHeaders = Annotated[Announced, Depends(announced)]
FileOfHeaders = Annotated[File, Depends(announced_file)]
