"""What is declared of many sites at once, from a CSV file: all of it, or, naming every wrong line, none."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Protocol, TypeVar

from pch.errors import Refused
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import Connection
from pch.warehouse.programme.budgets import SHARES, Budget, set_budgets, wrong_with_budget
from pch.warehouse.programme.declared import (
    Fact,
    Target,
    record_characteristics,
    set_targets,
    wrong_with_fact,
    wrong_with_target,
)
from pch.warehouse.programme.grants import Award, amount_for_patients, award_grants, pounds, wrong_with_award
from pch.warehouse.programme.rows import Declared, sites_of

MOST_NAMED = 20  # wrong lines


class Keyed(Protocol):
    """What is declared once of a key."""

    @property
    def key(self) -> tuple[object, ...]: ...


K = TypeVar("K", bound=Keyed)
V = TypeVar("V")


def import_targets(conn: Connection, path: Path, by: str) -> Declared:
    """Columns metric_code, from_period, value, because, and if meant site_code, to_period, to_value. Raises Refused
    naming every line that is wrong."""
    sites = sites_of(conn)
    rows = _rows(path, ("metric_code", "from_period", "value", "because"), ("site_code", "to_period", "to_value"))
    targets = _each(path, rows, _target, lambda target: wrong_with_target(target, sites))
    return set_targets(conn, targets, by)


def import_characteristics(conn: Connection, path: Path, by: str) -> Declared:
    """Columns site_code, characteristic, level, as_of, evidence. Raises Refused naming every line that is wrong."""
    sites = sites_of(conn)
    rows = _rows(path, ("site_code", "characteristic", "level", "as_of", "evidence"), ())
    facts = _each(path, rows, _fact, lambda fact: wrong_with_fact(fact, sites))
    return record_characteristics(conn, facts, by)


def import_budgets(conn: Connection, path: Path, by: str) -> Declared:
    """Columns from_period, gbp_per_weighted_person_month, those of SHARES, because, and if meant site_code. Raises
    Refused naming every line that is wrong."""
    sites = sites_of(conn)
    rows = _rows(path, ("from_period", "gbp_per_weighted_person_month", *SHARES, "because"), ("site_code",))
    budgets = _each(path, rows, _budget, lambda budget: wrong_with_budget(budget, sites))
    return set_budgets(conn, budgets, by)


def import_grants(conn: Connection, path: Path, by: str) -> Declared:
    """Columns site_code, funding_source, awarded_on, from_period, to_period, because, and amount_gbp or, of a
    per_patient_grant, gbp_per_patient. Raises Refused naming every line that is wrong."""
    sites = sites_of(conn)
    needed = ("site_code", "funding_source", "awarded_on", "from_period", "to_period", "because")
    rows = _rows(path, needed, ("amount_gbp", "gbp_per_patient"))
    awards = _each(path, rows, lambda line: _award(line, conn), lambda award: wrong_with_award(award, sites))
    return award_grants(conn, awards, by)


@dataclass
class _Line:
    """A line of the file; ``problems``: what was wrong with the cells read so far."""

    number: int
    cells: dict[str, str]
    problems: list[str] = field(default_factory=list)

    def read(self, name: str, parse: Callable[[str], V], what: str) -> V | None:
        """The cell as ``parse`` reads it; None where it is empty or, then a problem, cannot be read."""
        text = self.cells[name]
        try:
            return parse(text) if text else None
        except (ValueError, Refused):
            self.problems.append(f"{name} '{text}' is not {what}")
            return None

    def need(self, name: str, parse: Callable[[str], V], what: str, instead: V) -> V:
        """As ``read``; an empty cell is a problem, too, and ``instead`` what to go on with."""
        if not self.cells[name]:
            self.problems.append(f"{name} is empty")
        value = self.read(name, parse, what)
        return instead if value is None else value


_MONTH = "a month like 2026-04"
_DAY = "a date like 2026-04-01"
_NOWHEN = date(1900, 1, 1)


def _target(line: _Line) -> Target:
    return Target(
        line.cells["metric_code"].upper(),
        line.cells["site_code"].upper() or None,
        line.need("from_period", parse_period, _MONTH, _NOWHEN),
        line.need("value", float, "a number", 0.0),
        line.cells["because"],
        line.read("to_period", parse_period, _MONTH),
        line.read("to_value", float, "a number"),
    )


def _budget(line: _Line) -> Budget:
    return Budget(
        line.cells["site_code"].upper() or None,
        line.need("from_period", parse_period, _MONTH, _NOWHEN),
        line.need("gbp_per_weighted_person_month", float, "a number", 1.0),
        because=line.cells["because"],
        **{name: line.need(name, float, "a number", 0.0) for name in SHARES},
    )


def _fact(line: _Line) -> Fact:
    as_of = line.need("as_of", date.fromisoformat, _DAY, _NOWHEN)
    cell = line.cells
    return Fact(cell["site_code"].upper(), cell["characteristic"], cell["level"], as_of, cell["evidence"])


def _award(line: _Line, conn: Connection) -> Award:
    site, source = line.cells["site_code"].upper(), line.cells["funding_source"]
    first = line.need("from_period", parse_period, _MONTH, _NOWHEN)
    return Award(
        site,
        source,
        line.need("awarded_on", date.fromisoformat, _DAY, _NOWHEN),
        _amount(line, conn, site, source, first),
        first,
        line.need("to_period", parse_period, _MONTH, _NOWHEN),
        line.cells["because"],
    )


def _amount(line: _Line, conn: Connection, site: str, source: str, first: date) -> Decimal:
    """As the line states it, or from what it gives a patient; after a problem, one that is none."""
    if not line.cells["gbp_per_patient"]:
        return line.need("amount_gbp", pounds, "an amount like 40000.00", Decimal(1))
    each = line.read("gbp_per_patient", pounds, "an amount like 1.00")
    if line.cells["amount_gbp"]:
        line.problems.append("amount_gbp and gbp_per_patient are both given: leave one of them out")
    if each is None or line.problems:
        return Decimal(1)
    try:
        return amount_for_patients(conn, site, source, first, each)
    except Refused as e:
        line.problems.append(str(e))
        return Decimal(1)


def _rows(path: Path, required: Sequence[str], optional: Sequence[str]) -> list[_Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except OSError as e:
        raise Refused(f"{path} cannot be read: {e.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not UTF-8 text. Save it as 'CSV UTF-8' and import it again.") from None
    reader = csv.DictReader(StringIO(text, newline=""))
    have, names = list(reader.fieldnames or []), (*required, *optional)
    if missing := [name for name in required if name not in have]:
        raise Refused(f"{path} lacks the column(s) {', '.join(missing)}. It needs {', '.join(required)}.")
    if unknown := [name for name in have if name not in names]:
        raise Refused(f"{path} has the column(s) {', '.join(unknown)}, which mean nothing. Known: {', '.join(names)}.")
    try:
        lines = [_Line(reader.line_num, {name: (row.get(name) or "").strip() for name in names}) for row in reader]
    except csv.Error as e:
        raise Refused(f"{path} cannot be read as CSV: {e} (line {reader.line_num}).") from None
    if not lines:
        raise Refused(f"{path} has a header and no lines.")
    return lines


def _each(
    path: Path, lines: Sequence[_Line], make: Callable[[_Line], K], wrong: Callable[[K], Iterator[str]]
) -> list[K]:
    """What each line declares; raises Refused naming every line that is wrong, or says what another one says."""
    made: list[K] = []
    problems: list[str] = []
    first: dict[tuple[object, ...], int] = {}
    for line in lines:
        item = make(line)
        made.append(item)
        known = first.setdefault(item.key, line.number)
        found = line.problems or list(wrong(item))
        if not found and known != line.number:
            found = [f"it stands for line {known}: leave one of them out"]
        problems += [f"line {line.number}: {problem}" for problem in found]
    if problems:
        more = [f"and {len(problems) - MOST_NAMED} more"] if len(problems) > MOST_NAMED else []
        raise Refused(f"{path} was not imported:\n" + "\n".join(f"  {p}" for p in problems[:MOST_NAMED] + more))
    return made
