"""Files that cannot be read, or hold nothing: refused before a cell of them is looked at."""

import gzip
import io
import zipfile

from pch.simulate.spoil.kinds import Scene, fault
from pch.simulate.spoil.table import Table


@fault("error", "unknown_encoding")
def garbage(content: bytes, scene: Scene) -> bytes:
    return b"\x81" + scene.rng.bytes(2_000)  # a byte that no text begins with


@fault("error", "empty_file")
def empty(content: bytes, scene: Scene) -> bytes:
    return b""


@fault("error", "no_rows")
def header_only(content: bytes, scene: Scene) -> bytes:
    return content[: content.index(b"\n") + 1]


@fault("error", "damaged_file", suffix=".csv.gz")
def truncated_gzip(content: bytes, scene: Scene) -> bytes:
    whole = gzip.compress(content, mtime=0)
    return whole[: len(whole) * 6 // 10]


@fault("error", "unsupported_format", suffix=".zip")
def zip_archive(content: bytes, scene: Scene) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{scene.feed}.csv"), content)
    return out.getvalue()


@fault("error", "unsupported_format")
def web_page(content: bytes, scene: Scene) -> bytes:
    """What a portal answers when nobody is signed in, saved under the name of the extract."""
    return b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Your session has expired.</body></html>\n"


@fault("error", "unsupported_format", suffix=".pdf")
def printed_report(content: bytes, scene: Scene) -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + scene.rng.bytes(2_000)


@fault("error", "wrong_field_count")
def cut_short(content: bytes, scene: Scene) -> bytes:
    """Breaks off in the middle of its last line."""
    return content[: content.rindex(b",")]


@fault("error", "broken_quotes")
def open_quote(content: bytes, scene: Scene) -> bytes:
    return _at_some_cell(content, scene, b'"')


@fault("error", "nul_byte")
def nul_byte(content: bytes, scene: Scene) -> bytes:
    return _at_some_cell(content, scene, b"\0")


@fault("error", "replacement_character")
def lost_letter(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_column(scene.contract.ignored[0], "Caf\N{REPLACEMENT CHARACTER} PCN").bytes()


@fault("error", "unknown_encoding")
def two_encodings(content: bytes, scene: Scene) -> bytes:
    """The last line was pasted from another system."""
    named = Table.of(content).with_column(scene.contract.ignored[0], "Café PCN").bytes()
    last = named.rindex(b"\n", 0, -1)
    return named[:last] + named[last:].decode().encode("cp1252")


def _at_some_cell(content: bytes, scene: Scene, mark: bytes) -> bytes:
    """``mark`` before the second cell of a line."""
    lines = content.splitlines(keepends=True)
    at = int(scene.rng.integers(1, len(lines)))
    first, comma, rest = lines[at].partition(b",")
    lines[at] = first + comma + mark + rest
    return b"".join(lines)
