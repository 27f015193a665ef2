"""One look at every source: what lies there and is not settled, and of that what has stayed as it is long enough.

Sources are looked at side by side and each file by itself, so that neither a server that is down nor a bad file holds
up the others. Two looks at one source never run at once.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from pch.errors import PchError
from pch.intake.drops import records
from pch.intake.drops.names import companion_of, is_left_alone
from pch.intake.drops.records import Item
from pch.intake.drops.sources import Found, Source, name_of, open_source
from pch.intake.drops.taking import Taker
from pch.intake.landing import Landing
from pch.settings import Settings
from pch.warehouse.db import Connection, connect


@dataclass(frozen=True)
class Looked:
    """What one look at a source came to. ``files``: that lie there and may be taken; ``waiting``: of them, not settled;
    ``problems``: what could not be looked at, all of it where ``is_down``."""

    source: str
    files: int = 0
    received: int = 0
    refused: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)
    is_down: bool = False


def sweep(settings: Settings) -> list[Looked]:
    """Looks at every source of ``settings.drop_urls`` once, in their order."""
    urls = settings.drop_urls.split()
    with ThreadPoolExecutor(max_workers=max(len(urls), 1)) as pool:
        return list(pool.map(partial(_look_at, settings), urls))


def _look_at(settings: Settings, url: str) -> Looked:
    name = name_of(url)
    try:
        with connect(settings, "intake", autocommit=True) as conn, records.only_one(conn, name):
            since = _clock(conn) - timedelta(seconds=settings.drop_settle_seconds)
            with closing(open_source(url)) as source, _taker(settings, conn, source) as taker:
                return _look(taker, since)
    except PchError as e:
        return Looked(name, problems=[str(e)], is_down=not isinstance(e, records.Busy))
    except psycopg.OperationalError:
        return Looked(name, problems=["The warehouse went away. What has a receipt is safe."], is_down=True)


def _look(taker: Taker, since: datetime) -> Looked:
    source, items = taker.source, _items(taker.source.list_files())
    is_refused = records.unsettled(taker.conn, source.name, items)
    open_items = {
        key: items[key] for key, was in is_refused.items() if not (was and taker.refusal(items[key].found) is not None)
    }
    ripe = records.sight(taker.conn, source.name, open_items, since)
    in_order = sorted((open_items[key] for key in ripe), key=lambda item: (item.found.modified, item.found.path))
    became = Counter(taker.take(item) for item in in_order)
    settled = became["received"] + became["refused"]
    return Looked(
        source.name, len(items), became["received"], became["refused"], len(open_items) - settled, source.problems
    )


def _items(listing: list[Found]) -> dict[str, Item]:
    """Files that may be taken, by key, each with the checksum that lies beside it."""
    beside = {file: found for found in listing if (file := companion_of(found.path)) is not None}
    return {
        found.key: Item(found, beside.get(found.path))
        for found in listing
        if companion_of(found.path) is None and not is_left_alone(found.path)
    }


@contextmanager
def _taker(settings: Settings, conn: Connection, source: Source) -> Iterator[Taker]:
    sites = frozenset(code for (code,) in conn.execute("select site_code from ref.site"))
    with TemporaryDirectory(prefix="pch-drops-") as folder:
        yield Taker(conn, Landing(settings.landing), source, Path(folder) / "spooled", sites, settings.max_file_mb)


def _clock(conn: Connection) -> datetime:
    """The database's: one clock, whichever machine looks."""
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
