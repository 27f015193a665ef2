"""Which header is which column: case, spaces and punctuation folded, through the contract's aliases.

A header that the contract does not know is a warning, a required one that is absent or one that stands twice
an error. Headers that repeat the file's own address (its month, its site) are compared with the address the
file was pushed to, value by value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from pch.decode.dates import read_month
from pch.decode.model import Payload, Reject, Report, counted, listed, quoted, visible
from pch.registry import Feed, Layout, fold

HEADER_WITHIN = 10  # lines: titles above a header are common, a page of prose is not a table
SPACES = " \t\r\n\v\f\u00a0\u2007\u202f\ufeff"


@dataclass(frozen=True)
class Spellings:
    """A contract or a layout turned round: a folded header to the column it is read as."""

    title: str
    columns: dict[str, str]
    required: tuple[str, ...]
    ignored: frozenset[str]
    period: frozenset[str] = frozenset()
    site_code: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contract: Feed) -> "Spellings":
        return cls(
            contract.title,
            {fold(s): c.name for c in contract.columns for s in (c.name, *c.aliases)},
            tuple(c.name for c in contract.columns if c.required),
            frozenset(map(fold, contract.ignored)),
            frozenset(map(fold, contract.restates.period)),
            frozenset(map(fold, contract.restates.site_code)),
        )

    @classmethod
    def of_layout(cls, layout: Layout) -> "Spellings":
        """A layout's columns are headers, each as the layout declares it."""
        ignored = frozenset(map(fold, (*layout.headers, *layout.ignored)))
        return cls(layout.title, layout.read, tuple(layout.read.values()), ignored)

    def score(self, cells: Sequence[str]) -> int:
        """How many of the contract's columns these cells name: the best line of a file is its header."""
        return len({self.columns[f] for f in map(fold, cells) if f in self.columns})

    @property
    def most(self) -> int:
        """The best score there is."""
        return len(set(self.columns.values()))


@dataclass
class Match:
    """Places in the header: of each column found, and of those that repeat the file's address."""

    columns: dict[str, int] = field(default_factory=dict)
    period: list[int] = field(default_factory=list)
    site_code: list[int] = field(default_factory=list)

    @property
    def wanted(self) -> list[int]:
        return [*self.columns.values(), *self.period, *self.site_code]


def match(header: Sequence[str], spellings: Spellings, report: Report) -> Match:
    """Raises Reject where a required column is absent or a column stands twice."""
    found, unknown, last_named = Match(), [], max((i for i, h in enumerate(header) if h.strip()), default=-1)
    for place, written in enumerate(header):
        folded = fold(written)
        if name := spellings.columns.get(folded):
            if name in found.columns:
                first = header[found.columns[name]]
                raise Reject(
                    "repeated_column",
                    f"Columns {found.columns[name] + 1} ({quoted(first)}) and {place + 1} ({quoted(written)}) "
                    f"are both read as '{name}'.",
                    "Keep the one that is meant, remove or rename the other, and send the file again.",
                )
            found.columns[name] = place
        elif folded in spellings.period:
            found.period.append(place)
        elif folded in spellings.site_code:
            found.site_code.append(place)
        elif folded not in spellings.ignored and place <= last_named:
            unknown.append(written if written.strip() else f"(column {place + 1}, without a name)")
    if missing := [name for name in spellings.required if name not in found.columns]:
        raise Reject(
            "missing_column",
            f"{counted(len(missing), 'column is', 'columns are')} missing: {listed(missing)}. "
            f"The headers found are {listed([h for h in header if h.strip()])}.",
            f"Add what is missing. The first line must name these columns, in any order: "
            f"{', '.join(spellings.required)}.",
        )
    if unknown:
        report.add(
            "warning",
            "unknown_column",
            f"{counted(len(unknown), 'column is', 'columns are')} not part of {spellings.title} "
            f"and not read: {listed(unknown)}.",
            "Nothing, if that is extra detail. If it is a column we ask for, name it as in the specification.",
        )
    return found


def compare_address(
    payload: Payload,
    periods: Sequence[pa.DictionaryArray],
    sites: Sequence[pa.DictionaryArray],
    null_tokens: Iterable[str],
    report: Report,
) -> None:
    """Every distinct month and site that the file states, against where it was pushed."""
    empty = frozenset({"", *(t.strip().lower() for t in null_tokens)})
    month = payload.period.replace(day=1)
    stated = {text: read_month(text) for text in _distinct(periods, empty)}
    unreadable = sorted(text for text, read in stated.items() if read is None)
    other = {_month(read): text for text, read in sorted(stated.items()) if read not in (None, month)}
    if unreadable:
        report.add(
            "error",
            "bad_period",
            f"The file states its period as {listed(unreadable, 5)}, which is not a month we can read.",
            f"Write the month as {month:%Y-%m}, or leave that column out.",
        )
    if other:
        spelt = ", ".join(f"{name} ({quoted(text)})" for name, text in list(other.items())[:5])
        report.add(
            "error",
            "other_period",
            f"The file was sent for {_month(month)}, but its rows say {spelt}.",
            f"Send it for the month it is about, or send the file of {_month(month)}.",
        )
    if payload.site_code is None:
        return
    strangers = sorted(t for t in _distinct(sites, empty) if t.upper() != payload.site_code.strip().upper())
    if strangers:
        report.add(
            "error",
            "other_site",
            f"The file was sent for site {quoted(payload.site_code)}, but its rows say {listed(strangers, 5)}.",
            f"Send it for the site it is about, or send the file of {visible(payload.site_code)}.",
        )


def _distinct(columns: Sequence[pa.DictionaryArray], empty: frozenset[str]) -> set[str]:
    texts = {t.strip(SPACES) for c in columns for t in c.dictionary.take(c.indices.unique()).to_pylist() if t}
    return {t for t in texts if t.lower() not in empty}


def _month(day: date | None) -> str:
    return f"{day:%B %Y}" if day else ""
