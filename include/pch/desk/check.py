"""A file looked at as the centre will look at it, as far as that needs neither history nor the warehouse.

bytes -> decode -> findings of the contract [-> suite of the feed -> findings of the rows]
"""

from datetime import date
from pathlib import Path

from pch import registry
from pch.decode import Limits, Payload, decode
from pch.desk.looked import Looked


def look(path: Path, file_name: str, feed: str, period: date, site_code: str, limits: Limits | None = None) -> Looked:
    """The contract's findings."""
    payload = Payload(0, site_code, period, file_name, path.read_bytes())
    decoded = decode(registry.feed(feed, period), [payload], limits or Limits())
    return Looked(decoded.rows_read.get(0, 0), decoded.findings)
