"""What the path of a dropped file says: whose it is, whether it is finished, and how it is written down.

``PATTERNS`` is the one place that says where files are put; a site's own prefix is the part before the first slash,
and nothing in it can name another site.
"""

import hashlib
import re
from dataclasses import dataclass

from pch.errors import Refused

PATTERNS = ("{site}/{feed}/{period}/{name}", "{site}.{feed}.{period}.{name}", "{site}.{feed}.{period}")
DEPTH = PATTERNS[0].count("/") + 2  # one folder more is looked into, so that what lies too deep is said

_PART, _REST = r"[^/.]+", r"[^/]+"
_READ = [
    re.compile(
        pattern.replace(".", r"\.").format(
            site=r"(?P<site>[A-Za-z0-9]+)", feed=f"(?P<feed>{_PART})", period=f"(?P<period>{_PART})", name=_REST
        )
    )
    for pattern in PATTERNS
]
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", "~")
_OF_THE_MACHINE = ("thumbs.db", "desktop.ini")
CHECKSUM = ".sha256"
LONGEST = 1000  # bytes of a path that is written down as it is


@dataclass(frozen=True)
class Place:
    """Site, feed and period as the path spells them; nobody has checked them yet."""

    site_code: str
    feed: str
    period: str


def place_of(path: str) -> Place:
    """Raises Refused, saying where files are put, for a path that is none of ``PATTERNS``."""
    for pattern in _READ:
        if found := pattern.fullmatch(path):
            return Place(found["site"].upper(), found["feed"].lower(), found["period"])
    raise Refused(
        "Nothing says which site, feed and month the file is for. Put it into a folder like "
        "PCH001/registered_list/2026-04, or name it like PCH001.registered_list.2026-04.csv."
    )


def prefix_of(path: str) -> str:
    """The site whose prefix it may be, whatever follows."""
    return re.split("[/.]", path, maxsplit=1)[0].upper()


def is_left_alone(path: str) -> bool:
    """Hidden, still being written by the look of its name, or a note that a desktop leaves in its folders."""
    *folders, name = path.split("/")
    return (
        any(part.startswith(".") for part in (*folders, name))
        or name.startswith("~")
        or name.lower().endswith(_UNFINISHED)
        or name.lower() in _OF_THE_MACHINE
    )


def companion_of(path: str) -> str | None:
    """The file whose checksum this one holds; None where it is no such companion."""
    return path[: -len(CHECKSUM)] if path.lower().endswith(CHECKSUM) else None


def as_text(path: str) -> str:
    """A path as text that a table can hold and index: bytes that are no UTF-8 written out, the very long summed."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", r"\x00")
    if len(text.encode()) <= LONGEST:
        return text
    return f"{text[:200]}… ({hashlib.sha256(text.encode()).hexdigest()})"
