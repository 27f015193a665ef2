"""What a file is, by its first bytes and never by its name, and how it is opened.

    bytes -> gunzip, bounded -> XLSX | Parquet | text (the rest)

Formats that hold no table, or one we do not read, are refused by name with what to send instead.
"""

import json
import zipfile
import zlib
from io import BytesIO

from pch.decode.delimited import open_delimited
from pch.decode.headers import Spellings
from pch.decode.model import NIL_RETURN, Limits, Reject, Report
from pch.decode.parquet import open_parquet
from pch.decode.source import Source
from pch.decode.spreadsheet import open_workbook
from pch.decode.text import to_utf8

SEND = "Send the table as CSV (UTF-8), XLSX or Parquet; CSV may be compressed with gzip."

MOST_MEMBERS = 1_000  # of one gzip file; writers make one, sometimes one a part

_CHUNK = 1024 * 1024
_FEED = 64 * 1024
_GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET = b"PAR1"

#  First bytes of what people send by mistake.
FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"II*\0": "a picture (TIFF)",
    b"MM\0*": "a picture (TIFF)",
    b"{\\rtf": "a text document (RTF)",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"Rar!": "a RAR archive",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "a database file (SQLite)",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}


def open_source(content: bytes, spellings: Spellings, limits: Limits, report: Report) -> Source:
    """Raises Reject where the content is no table, too large, or not what it pretends to be."""
    if content.startswith(_GZIP):
        content = gunzip(content, limits)
        if content.startswith(_GZIP):
            raise Reject("unsupported_format", "The file is compressed twice with gzip.", SEND)
    if len(content) > limits.max_bytes:
        raise too_large(limits)
    if not content.strip():
        raise Reject("empty_file", "The file is empty.", NIL_RETURN)
    if content.startswith(PARQUET):
        return open_parquet(content, limits)
    if content.startswith(ZIP):
        return open_workbook(_xlsx(content), content, spellings, limits, report)
    if kind := foreign(content):
        raise Reject("unsupported_format", f"The file looks like {kind}, not like a table we read.", SEND)
    return open_delimited(to_utf8(content, report), spellings, report)


def gunzip(content: bytes, limits: Limits) -> bytes:
    """All members of a gzip file, never holding more than ``max_bytes`` of them."""
    most = min(limits.max_bytes, max(len(content) * limits.max_expansion, _CHUNK))
    pieces: list[bytes] = []
    size, at, members, waiting, is_full = 0, 0, 1, b"", False
    stream = _gzip_member()
    try:
        while waiting or is_full or at < len(content):
            if not waiting and not is_full:
                waiting, at = content[at : at + _FEED], at + _FEED
            if stream.eof:
                waiting = waiting.lstrip(b"\0")  # padding, as tapes have it
                if not waiting:
                    continue
                stream, members = _gzip_member(), members + 1
                if members > MOST_MEMBERS:
                    raise too_large(limits)
            piece = stream.decompress(waiting, _CHUNK)
            waiting = stream.unused_data if stream.eof else stream.unconsumed_tail
            is_full = len(piece) == _CHUNK and not stream.eof  # there may be more, without more input
            size += len(piece)
            if size > most:
                raise too_large(limits)
            pieces.append(piece)
    except zlib.error:
        raise Reject(
            "damaged_file",
            "The gzip file is damaged and cannot be opened.",
            "Make it again and send it again.",
        ) from None
    if not stream.eof:
        raise Reject(
            "damaged_file",
            "The gzip file breaks off before its end: it was cut short on the way.",
            "Send it again, whole.",
        )
    return b"".join(pieces)


def _gzip_member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def too_large(limits: Limits) -> Reject:
    return Reject(
        "too_large",
        f"The file is larger than {limits.max_bytes // 1024**2:,} MB, or grows more than "
        f"{limits.max_expansion:,} times when it is decompressed; it was not opened any further.",
        "Check that it holds one month of one site. Ask the central team if it must be so large.",
    )


def foreign(content: bytes) -> str | None:
    """A name for a format that is not read, or None for what may be text."""
    for magic, kind in FOREIGN.items():
        if content.startswith(magic):
            return kind
    if content.startswith(_OLE):
        return "a workbook protected by a password or in the old Excel format (.xls)"
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        lowered = start.lower()
        return "a web page (HTML)" if b"<html" in lowered or b"<table" in lowered else "XML or HTML"
    if start.startswith((b"{", b"[")):
        try:
            json.loads(start.splitlines()[0])
            return "JSON"
        except ValueError:
            if start[1:].lstrip()[:1] in (b'"', b"{", b"["):
                return "JSON"
    return None


def _xlsx(content: bytes) -> zipfile.ZipFile:
    """The zip archive of a workbook. Raises Reject for any other zip."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Reject(
            "damaged_file",
            "The file looks like a workbook or a zip archive, but is damaged or cut short.",
            "Save it again and send it again.",
        ) from None
    names = set(archive.namelist())
    if "xl/workbook.xml" in names and "[Content_Types].xml" in names:
        return archive
    kind = "a zip archive"
    if "xl/workbook.bin" in names:
        kind = "a binary workbook (.xlsb)"
    elif "word/document.xml" in names:
        kind = "a Word document"
    elif "ppt/presentation.xml" in names:
        kind = "a presentation"
    elif "content.xml" in names:
        kind = "an OpenDocument file"
    raise Reject("unsupported_format", f"The file is {kind}, not a table we read.", SEND)
