"""One dropped file: where it belongs -> its bytes on our disk -> its checksum, if one lies beside it -> receive().

What came of it goes on record. A file that cannot be read now, or is still being written, waits for the next look; a
refused one waits for ever, unless it changes or the reason does (a site is registered, a month begins).
"""

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from pch.errors import Refused, Temporary
from pch.intake.drops import records
from pch.intake.drops.names import place_of, prefix_of
from pch.intake.drops.records import Item
from pch.intake.drops.sources import Changed, Found, Source
from pch.intake.landing import Landing, Spooled
from pch.intake.receive import Receipt, Return, Sender, check_address, receive
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import Connection

DOOR = "drop folder"
CHUNK = 1 << 20
MOST_SECONDS = 600.0  # for one file; then it is the others' turn
LONGEST_CHECKSUM = 4096
_SHA256 = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")

Outcome = Literal["received", "refused", "waiting"]


@dataclass(frozen=True)
class Taker:
    """Takes files of one source. ``spool``: where its bytes wait until they are received."""

    conn: Connection
    landing: Landing
    source: Source
    spool: Path
    sites: frozenset[str]
    max_file_mb: int

    def refusal(self, found: Found) -> str | None:
        """Why its name or its size is enough to refuse it."""
        try:
            self._address_of(found)
        except Refused as e:
            return str(e)
        return None

    def take(self, item: Item) -> Outcome:
        """Receives a file, or says why not. Nothing it raises is about this file alone."""
        sha256: str | None = None
        outcome: Receipt | str
        try:
            address = self._address_of(item.found)
            spooled = self._spooled(item.found)
            sha256 = spooled.sha256
            self._check_companion(item, sha256)
            name = item.found.path.split("/")[-1]
            outcome = receive(self.conn, self.landing, address, name, spooled, Sender(DOOR, self.source.name))
        except Refused as e:
            outcome = str(e)
        except Temporary as e:
            records.keep_waiting(self.conn, self.source.name, item, str(e), afresh=isinstance(e, Changed))
            return "waiting"
        finally:
            self.spool.unlink(missing_ok=True)
        site = prefix_of(item.found.path)
        records.settle(self.conn, self.source.name, item, site if site in self.sites else None, sha256, outcome)
        return "refused" if isinstance(outcome, str) else "received"

    def _address_of(self, found: Found) -> Return:
        place = place_of(found.path)
        address = Return(place.site_code, place.feed, parse_period(place.period))
        if address.site_code not in self.sites:
            raise Refused(f"There is no site '{address.site_code}' in the register. Check the name of the folder.")
        check_address(self.conn, address)
        if found.bytes > self.max_file_mb << 20:
            raise Refused(f"The file is larger than {self.max_file_mb} MB. Was it meant for this feed?")
        return address

    def _spooled(self, found: Found) -> Spooled:
        """The bytes in a file of ours, never more of them in memory than a chunk. Raises Changed, Temporary."""
        sha256, size, begun = hashlib.sha256(), 0, time.monotonic()
        with self.source.reading(found) as stream, self.spool.open("wb") as file:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > found.bytes:
                    raise Changed("The file grew while it was read.")
                if time.monotonic() - begun > MOST_SECONDS:
                    raise Temporary(f"The file was not read in {MOST_SECONDS / 60:.0f} minutes.")
                sha256.update(chunk)
                file.write(chunk)
        if size != found.bytes:
            raise Changed("The file shrank while it was read.")
        return Spooled(sha256.hexdigest(), size, self.spool)

    def _check_companion(self, item: Item, sha256: str) -> None:
        """Holds a file to the checksum that lies beside it."""
        if item.companion is None:
            return
        with self.source.reading(item.companion) as stream:
            said = _first_checksum(stream)
        if said is None:
            raise Refused(
                "The .sha256 file beside it holds no SHA-256 checksum. Mend or remove it, and the file is taken."
            )
        if said != sha256:
            raise Refused(
                f"The .sha256 file beside it says {said[:12]}..., and the file has {sha256[:12]}... Put the file there "
                "again, or the right checksum."
            )


def _first_checksum(stream: BinaryIO) -> str | None:
    """Of what ``sha256sum`` writes, in either of its forms, or of the checksum alone."""
    found = _SHA256.search(stream.read(LONGEST_CHECKSUM).decode("ascii", "replace"))
    return found[0].lower() if found else None
