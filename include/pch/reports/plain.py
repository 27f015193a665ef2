"""Reading for a report: one frozen moment of the warehouse, plain dataclasses, and their JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pch.errors import Refused
from pch.settings import Settings
from pch.warehouse.db import Connection, connect


@contextmanager
def snapshot(settings: Settings) -> Iterator[Connection]:
    """A read-only connection as analyst that sees one moment, so that all parts of a report agree."""
    with connect(settings, "analyst") as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        yield conn


def require_site(conn: Connection, site_code: str) -> None:
    """Refuses a code that is neither in the register nor was ever pushed under."""
    row = conn.execute(
        """select exists (select from ref.site where site_code = %(site)s)
             or exists (select from ops.submission where site_code = %(site)s)""",
        {"site": site_code},
    ).fetchone()
    if not (row and row[0]):
        raise Refused(f"There is no site '{site_code}'. 'pch status' names every site that is expected to push.")


def as_json(report: object) -> str:
    """A dataclass, or a list or dict of them. Dates and times in ISO form, a period as the first of its month."""
    return json.dumps(report, default=_plain, indent=1, ensure_ascii=False)


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
