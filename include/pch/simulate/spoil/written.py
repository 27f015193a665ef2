"""Files that say the same in another way: read as they stand, at most with a remark."""

import gzip
import io
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet as arrow_parquet

from pch.registry import NUMERIC, Feed
from pch.registry.feed import ColumnType
from pch.simulate.spoil.kinds import Scene, fault, has
from pch.simulate.spoil.table import Table

SMALL = 7  # counts up to here are what a site withholds
DATE_STYLES = ("%d/%m/%Y", "%d%b%Y", "%d-%b-%y", "%d %B %Y", "%Y-%m-%d 00:00:00", "%d.%m.%Y")
MONTH_STYLES = ("%Y_%m", "%b-%y", "%d%b%Y", "%B %Y", "%m/%Y")


#  --- encodings and lines


@fault()
def byte_order_mark(content: bytes, scene: Scene) -> bytes:
    return b"\xef\xbb\xbf" + content


@fault()
def utf16(content: bytes, scene: Scene) -> bytes:
    return b"\xff\xfe" + content.decode().encode("utf-16-le")


@fault()
def utf16_without_mark(content: bytes, scene: Scene) -> bytes:
    return content.decode().encode("utf-16-be")


@fault("information", "read_as_cp1252")
def cp1252(content: bytes, scene: Scene) -> bytes:
    """A name with an en dash, which is byte 0x96 there and nothing in UTF-8."""
    return Table.of(content).with_column(scene.contract.ignored[0], "Heron – Lark").bytes().decode().encode("cp1252")


@fault()
def mixed_newlines(content: bytes, scene: Scene) -> bytes:
    """Pasted together from three systems, with an empty line at each seam."""
    lines = content.splitlines()
    cut = [0, len(lines) // 3, 2 * len(lines) // 3, len(lines)]
    parts = [end.join([*lines[cut[i] : cut[i + 1]], b""]) for i, end in enumerate((b"\n", b"\r\n", b"\r"))]
    return parts[0] + b"\n" + parts[1] + b"\r\n" + parts[2]


@fault()
def semicolon(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).bytes(";")


@fault(suffix=".txt")
def tabulator(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).bytes("\t")


@fault()
def quoted(content: bytes, scene: Scene) -> bytes:
    """Every cell in quotation marks, and a line break within a header."""
    table = Table.of(content)
    table.header = [name.replace("_", "\n", 1) for name in table.header]
    return table.bytes(quote_all=True)


@fault("information", "header_below_title")
def title_above(content: bytes, scene: Scene) -> bytes:
    return f"{scene.contract.title} - extract of {scene.period:%B %Y}\n\n".encode() + content


@fault(suffix=".csv.gz")
def gzipped(content: bytes, scene: Scene) -> bytes:
    return gzip.compress(content, mtime=0)


_ARROW: dict[ColumnType, pa.DataType] = {
    "count": pa.int64(), "number": pa.float64(), "money": pa.float64(), "date": pa.date32(),
}  # fmt: skip


@fault(suffix=".parquet")
def parquet(content: bytes, scene: Scene) -> bytes:
    types = {c.name: _ARROW.get(c.type, pa.string()) for c in scene.contract.columns}
    read = arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    out = io.BytesIO()
    arrow_parquet.write_table(arrow_csv.read_csv(io.BytesIO(content), convert_options=read), out)
    return out.getvalue()


#  --- headers and values


@fault()
def other_headers(content: bytes, scene: Scene) -> bytes:
    """Aliases, in capitals, with spaces; the columns in another order."""
    table, columns = Table.of(content), {c.name: c for c in scene.contract.columns}
    names = [str(scene.rng.choice([h, *columns[h].aliases])).upper().replace("_", "  ") for h in table.header]
    order = scene.rng.permutation(len(names)).tolist()
    return Table([names[i] for i in order], [[row[i] for i in order] for row in table.rows]).bytes()


@fault()
def says_its_month(content: bytes, scene: Scene) -> bytes:
    name, style = scene.rng.choice(scene.contract.restates.period), scene.rng.choice(MONTH_STYLES)
    return Table.of(content).with_column(str(name), scene.period.strftime(str(style))).bytes()


@fault()
def padded_cells(content: bytes, scene: Scene) -> bytes:
    """As a report writer pads its columns, with spaces that do not break at the end."""
    table = Table.of(content)
    return table.changed(table.header, lambda cell: f" {cell:<12}\N{NO-BREAK SPACE}").bytes()


def _has_spellings(contract: Feed) -> bool:
    return any(c.type == "age_band" or any(c.values.values()) for c in contract.columns)


@fault(befalls=_has_spellings)
def national_spellings(content: bytes, scene: Scene) -> bytes:
    """Categories and ages as national publications spell them."""
    table = Table.of(content)
    for column in scene.contract.columns:
        other = {name: str(scene.rng.choice(aliases)).upper() for name, aliases in column.values.items() if aliases}
        table = table.changed([column.name], _read_as(other))
    style = str(scene.rng.choice(["{} years", "{} yrs", "Aged {}"]))
    bands = [c.name for c in scene.contract.columns if c.type == "age_band"]
    return table.changed(bands, lambda cell: style.format(cell.replace("-", " to ").replace("+", " and over"))).bytes()


def _read_as(spellings: Mapping[str, str]) -> Callable[[str], str]:
    return lambda cell: spellings.get(cell, cell)


@fault(befalls=has("date"))
def other_dates(content: bytes, scene: Scene) -> bytes:
    days = [c.name for c in scene.contract.columns if c.type == "date"]
    style = str(scene.rng.choice(DATE_STYLES))
    return Table.of(content).changed(days, lambda cell: date.fromisoformat(cell).strftime(style)).bytes()


@fault()
def numbers_for_people(content: bytes, scene: Scene) -> bytes:
    """1,234.0 for a count, £1,234.50 and (12.00) for money."""
    table = Table.of(content)
    for column in scene.contract.columns:
        if column.type in NUMERIC:
            table = table.changed([column.name], _AS_PEOPLE_WRITE[column.type])
    return table.bytes()


def _pounds(cell: str) -> str:
    value = Decimal(cell)
    return f"({-value:,})" if value < 0 else f"£{value:,}"


_AS_PEOPLE_WRITE: dict[ColumnType, Callable[[str], str]] = {
    "count": lambda cell: f"{int(cell):,}.0",
    "number": lambda cell: f"{Decimal(cell):,}",
    "money": _pounds,
}


#  --- what is not there


def _optional(contract: Feed, *kinds: ColumnType) -> list[str]:
    return [c.name for c in contract.columns if c.type in kinds and c.nullable]


@fault(befalls=lambda contract: bool(_optional(contract, *NUMERIC)))
def null_tokens(content: bytes, scene: Scene) -> bytes:
    """Numbers that need not be there: words for nothing where nothing stood, and in a few rows more."""
    table = Table.of(content)
    tokens = [token for token, reason in scene.contract.null_tokens.items() if token and reason != "suppressed"]
    places = table.places(_optional(scene.contract, *NUMERIC))
    for row in table.some(scene.rng, 5):
        for place in places:
            row[place] = ""
    for row in table.rows:
        for place in places:
            row[place] = row[place] or str(scene.rng.choice(tokens))
    return table.bytes()


@fault("information", "suppressed_values", befalls=lambda contract: bool(_optional(contract, "count")))
def suppressed_values(content: bytes, scene: Scene) -> bytes:
    """Small counts that need not be filled are stars: withheld, which is neither empty nor zero."""
    (star,) = (token for token, reason in scene.contract.null_tokens.items() if reason == "suppressed")
    counts = _optional(scene.contract, "count")
    return Table.of(content).changed(counts, lambda cell: star if 1 <= int(cell) <= SMALL else cell).bytes()
