"""One file about every site, such as a national publication: each site's lines handed in as a file of its own.

    file -> lines told apart by practice or site (decode) -> through the register of the period -> a part per site
         -> receive() for each -> the whole into the landing store, noted in ops.audit

A part is the file's heading and the site's lines, byte for byte and in their order, so the same publication gives
the same parts and a second push changes nothing. Parts wait on the disk: no size of file has to fit the memory.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

import numpy as np
from psycopg.types.json import Jsonb

from pch import registry
from pch.decode import Reject
from pch.decode.delimited import HEAD
from pch.decode.lines import Heading, Lines, heading_of, lines_of
from pch.decode.model import counted, visible
from pch.errors import Refused
from pch.intake.items import Item
from pch.intake.landing import Landing, Spooled
from pch.intake.push import Outcome, Received, push
from pch.settings import Settings
from pch.warehouse.db import connect

DOOR = "publication"
MOST_NAMED = 10  # codes in a sentence


@dataclass
class Publication:
    """A file told apart. ``by``: what its lines name, a practice or a site; ``strangers``: codes that are on no
    site's register on the first day of the period, with their lines; ``without``: sites that no line is about,
    which are sent nothing, so that their return stays missing."""

    file_name: str
    feed: str
    period: date
    by: str
    sha256: str
    lines_count: int = 0
    parts: list[Item] = field(default_factory=list)
    strangers: dict[str, int] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)

    @property
    def lines_of_nobody_count(self) -> int:
        return sum(self.strangers.values())

    def summary(self) -> dict[str, Any]:
        """What of the file went where, without the parts themselves."""
        return {name: value for name, value in vars(self).items() if name != "parts"} | {
            "sites_count": len(self.parts),
            "lines_of_nobody_count": self.lines_of_nobody_count,
        }

    def sentences(self) -> list[str]:
        """What is to be said of the lines that nobody got, and of the sites that got none."""
        lines = counted(self.lines_count, "line was", "lines were")
        said = [f"{lines} told apart by {self.by}, for {counted(len(self.parts), 'site', 'sites')}."]
        if self.strangers:
            whose = f"of no site on {self.period:%d %B %Y}" if self.by == "practice" else "not on the register"
            lines = counted(self.lines_of_nobody_count, "line was", "lines were")
            who = counted(len(self.strangers), f"{self.by} is", f"{self.by}s are")
            said.append(f"{who} {whose}, and {lines} left out: {_named(sorted(self.strangers))}.")
        if self.without:
            who = counted(len(self.without), "site has", "sites have")
            said.append(f"{who} no line in the file and got nothing: {_named(self.without)}.")
        return said


@contextmanager
def told_apart(settings: Settings, path: Path, feed: str, period: date) -> Iterator[Publication]:
    """The parts of a file, on the disk until the end of the block. Raises Refused where it cannot be told apart."""
    contract = registry.feed(feed)
    sites = _register(settings, period)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pch-publication-")))
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            stream = stack.enter_context(_opened(path))
            heading = heading_of(contract, stream.read(HEAD))
            stream.seek(len(heading.start))
            told = Publication(path.name, feed, period, heading.by, sha256)
            _tell_apart(told, heading, lines_of(heading, stream), sites, folder)
        except Reject as cause:
            raise Refused(f"{path.name} was not taken: {cause.message} {cause.next_step}") from None
        except (OSError, EOFError, zlib.error) as e:
            why = getattr(e, "strerror", None) or str(e)
            raise Refused(f"{path} cannot be read ({why}).") from e
        yield told


def hand_in(settings: Settings, told: Publication, path: Path, *, reinstate: bool = False) -> Iterator[Outcome]:
    """Hands in each part, and keeps the whole file once any of them was received."""
    any_received = False
    for outcome in push(settings, told.parts, told.feed, told.period, door=DOOR, reinstate=reinstate):
        any_received |= isinstance(outcome, Received)
        yield outcome
    if any_received:
        _keep(settings, told, path)


def _register(settings: Settings, period: date) -> dict[str, str]:
    """Practices and the site each belongs to on the first day of ``period``."""
    with connect(settings, "intake", autocommit=True) as conn:
        members: dict[str, str] = dict(
            conn.execute(
                """select practice_code, site_code from ref.membership
                   where %(day)s::date >= valid_from and (valid_to is null or %(day)s::date < valid_to)""",
                {"day": period},
            ).fetchall()
        )
    if not members:
        raise Refused(
            f"No practice belongs to any site on {period:%d %B %Y}. Check the period, or load the register first: "
            "'pch sites import FILE'."
        )
    return members


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if is_gzip else path.open("rb")


def _tell_apart(
    told: Publication, heading: Heading, lines: Iterator[Lines], members: dict[str, str], folder: Path
) -> None:
    """Writes the part of each site, block by block, and counts what is nobody's."""
    sites = sorted(set(members.values()))
    place = {code: i for i, code in enumerate(sites)}
    site_of = place if heading.by == "site" else {practice: place[site] for practice, site in members.items()}
    name = f"{told.file_name} ({told.sha256[:12]})"
    parts = [Item(site, folder / site, f"{name}, part of {site}") for site in sites]
    with ExitStack() as stack:
        files: dict[int, BinaryIO] = {}
        for block in lines:
            told.lines_count += len(block.starts)
            known = np.array([site_of.get(code, -1) for code in block.codes], dtype=np.int64)
            times = np.bincount(block.code_of, minlength=len(known))
            for at in np.flatnonzero((known < 0) & (times > 0)):
                told.strangers[block.codes[at]] = told.strangers.get(block.codes[at], 0) + int(times[at])
            for site, start, end in _runs(block, known[block.code_of]):
                if site not in files:
                    files[site] = stack.enter_context(parts[site].path.open("wb"))
                    files[site].write(heading.start)
                files[site].write(memoryview(block.content)[start:end])
    told.parts = [parts[site] for site in sorted(files)]
    told.without = [site for i, site in enumerate(sites) if i not in files]


def _runs(block: Lines, sites: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[tuple[int, int, int]]:
    """Lines of one site that follow one another: site, where the first starts, where the last ends."""
    cuts = np.flatnonzero(np.diff(sites)) + 1
    firsts, lasts = np.concatenate([[0], cuts]), np.append(cuts, len(sites)) - 1
    of_a_site = sites[firsts] >= 0
    yield from zip(
        sites[firsts][of_a_site].tolist(),
        block.starts[firsts][of_a_site].tolist(),
        block.ends[lasts][of_a_site].tolist(),
        strict=True,
    )


def _named(codes: list[str]) -> str:
    shown = [visible(code) or "(no code)" for code in codes[:MOST_NAMED]]
    return ", ".join(shown) + (f" and {len(codes) - MOST_NAMED:,} more" if len(codes) > MOST_NAMED else "")


def _keep(settings: Settings, told: Publication, path: Path) -> None:
    """The whole file into the landing store, and who pushed it into the audit, once."""
    stored = Landing(settings.landing).put_file(Spooled.of(path))
    with connect(settings, "intake", autocommit=True) as conn:
        conn.execute(
            """insert into ops.audit (action, subject, detail)
               select 'push_publication', %(subject)s, %(detail)s
               where not exists (
                 select from ops.audit
                 where (action, subject, detail ->> 'sha256') = ('push_publication', %(subject)s, %(sha256)s)
               )""",
            {
                "subject": f"{told.feed} for {told.period:%Y-%m}",
                "sha256": stored.sha256,
                "detail": Jsonb(
                    {
                        "file_name": told.file_name,
                        "sha256": stored.sha256,
                        "bytes": stored.bytes,
                        "lines_count": told.lines_count,
                        "sites_count": len(told.parts),
                        "lines_of_nobody_count": told.lines_of_nobody_count,
                    }
                ),
            },
        )
