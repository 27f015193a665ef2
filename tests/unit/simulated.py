"""What the tests of the simulator share: a month of a programme as typed tables."""

from datetime import date

import pandas as pd
import pyarrow as pa

from pch.decode import Payload, decode
from pch.registry import feed
from pch.simulate import Programme, SimulatedFile

END = date(2026, 10, 1)
JUNE = date(2026, 6, 1)  # a month in which all ten feeds are due


def tables(files: list[SimulatedFile]) -> dict[str, pd.DataFrame]:
    """By feed: the rows of all these files, read as the contract says, which must have nothing to find in them.
    ``site``: whose file a row stands in."""
    by_feed: dict[str, list[SimulatedFile]] = {}
    for file in files:
        by_feed.setdefault(file.feed, []).append(file)
    read = {}
    for name, sent in by_feed.items():
        payloads = (Payload(i, f.site_code, f.period, f.file_name, f.content) for i, f in enumerate(sent))
        decoded = decode(feed(name), payloads)
        assert decoded.findings == []
        assert decoded.table.num_rows == sum(decoded.rows_read.values())
        frame = _plain(decoded.table).to_pandas()
        frame["site"] = pd.Series([f.site_code for f in sent])[frame["submission_id"]].to_numpy()
        read[name] = frame.drop(columns=["submission_id", "row_number", "absent"])
    return read


def _plain(table: pa.Table) -> pa.Table:
    """Money as floating-point numbers."""
    kinds = [pa.float64() if pa.types.is_decimal(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(zip(table.schema.names, kinds, strict=True)))


def table(programme: Programme, name: str, period: date) -> pd.DataFrame:
    """The rows of one feed in one month."""
    return tables([f for f in programme.files(period) if f.feed == name])[name]
