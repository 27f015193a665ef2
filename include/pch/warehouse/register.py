"""The register: sites, their practices, and which practice belonged to which site when.

``pch sites import FILE``: CSV -> checked rows -> ref.site, ref.practice, ref.membership, in one transaction.
A file is the whole truth about the sites it names and says nothing of others. Months whose figures it
changes are put down for building, and submissions whose findings it may change are judged again: those in
use, and those refused because the register knew no such site, or none of their practices as its own.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pch.errors import Refused
from pch.warehouse import calendar

if TYPE_CHECKING:  # a site's own desk reads the file, too, and has no database
    from pch.warehouse.db import Connection

REQUIRED = ("site_code", "site_name", "practice_code", "valid_from")
OPTIONAL = ("valid_to", "region", "start_date", "went_live", "wave", "rural_pct", "imd_quintile")
SITE_CODE = re.compile(r"[A-Z0-9]{3,12}")
PRACTICE_CODE = re.compile(r"[A-Z][0-9]{5}")
MOST_NAMED = 20  # wrong lines


@dataclass(frozen=True)
class Line:
    """One membership: the practice belongs to the site from valid_from up to, not including, valid_to. ``rural_pct``
    (0 to 100) is of the site's patients; ``imd_quintile`` of the practice's (1: the most deprived fifth nationally).
    ``went_live``: the site's programme began to work with patients; what came before is what it is measured against."""

    number: int
    site_code: str
    site_name: str
    practice_code: str
    valid_from: date
    valid_to: date | None
    region: str | None
    start_date: date | None
    wave: str | None = None
    rural_pct: float | None = None
    imd_quintile: int | None = None
    went_live: date | None = None


@dataclass(frozen=True)
class Imported:
    sites: int
    practices: int
    memberships: int
    months_changed: int
    replayed: int


def read_register(path: Path) -> list[Line]:
    """The lines of a register file; raises Refused naming every line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except OSError as e:
        raise Refused(f"{path} cannot be read: {e.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not UTF-8 text. Save it as 'CSV UTF-8' and import it again.") from None
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise Refused(f"{path} lacks the column(s) {', '.join(missing)}. It needs {', '.join(REQUIRED)}.")
    problems: list[str] = []
    lines = [line for row in reader if (line := _line(reader.line_num, row, problems))]
    problems += _contradictions(lines)
    if problems:
        more = [f"and {len(problems) - MOST_NAMED} more"] if len(problems) > MOST_NAMED else []
        raise Refused(f"{path} was not imported:\n" + "\n".join(f"  {p}" for p in problems[:MOST_NAMED] + more))
    if not lines:
        raise Refused(f"{path} has a header and no lines.")
    return lines


def _line(number: int, row: dict[str, str | None], problems: list[str]) -> Line | None:
    cell = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    before = len(problems)
    if not SITE_CODE.fullmatch(cell["site_code"]):
        problems.append(f"line {number}: site_code '{cell['site_code']}' is not 3 to 12 capital letters and digits")
    if not PRACTICE_CODE.fullmatch(cell["practice_code"]):
        problems.append(f"line {number}: practice_code '{cell['practice_code']}' is not a letter and five digits")
    if not cell["site_name"]:
        problems.append(f"line {number}: site_name is empty")
    dates: dict[str, date | None] = {}
    for name in ("valid_from", "valid_to", "start_date", "went_live"):
        try:
            dates[name] = date.fromisoformat(cell[name]) if cell[name] else None
        except ValueError:
            problems.append(f"line {number}: {name} '{cell[name]}' is not a date like 2026-04-01")
            dates[name] = None
    valid_from = dates["valid_from"]
    if not cell["valid_from"]:
        problems.append(f"line {number}: valid_from is empty")
    if valid_from and dates["valid_to"] and dates["valid_to"] <= valid_from:
        problems.append(f"line {number}: valid_to is not after valid_from")
    rural_pct = _number(cell["rural_pct"], 0, 100)
    if cell["rural_pct"] and rural_pct is None:
        problems.append(f"line {number}: rural_pct '{cell['rural_pct']}' is not a share from 0 to 100")
    if cell["imd_quintile"] not in ("", "1", "2", "3", "4", "5"):
        problems.append(f"line {number}: imd_quintile '{cell['imd_quintile']}' is not 1 (most deprived) to 5")
    if len(problems) > before or valid_from is None:
        return None
    return Line(
        number, cell["site_code"], cell["site_name"], cell["practice_code"], valid_from, dates["valid_to"],
        cell["region"] or None, dates["start_date"], cell["wave"] or None, rural_pct,
        int(cell["imd_quintile"]) if cell["imd_quintile"] else None, dates["went_live"],
    )  # fmt: skip


def _number(text: str, least: float, most: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if least <= number <= most else None


def _contradictions(lines: list[Line]) -> list[str]:
    """A practice in two sites on one day, and sites described in two ways."""
    problems = []
    by_practice: dict[str, list[Line]] = defaultdict(list)
    described: dict[str, Line] = {}
    quintiles: dict[str, Line] = {}
    for line in lines:
        known = quintiles.setdefault(line.practice_code, line)
        if known.imd_quintile != line.imd_quintile:
            problems.append(f"line {line.number}: {line.practice_code} has another imd_quintile on line {known.number}")
        by_practice[line.practice_code].append(line)
        first = described.setdefault(line.site_code, line)
        if _site(first) != _site(line):
            problems.append(f"line {line.number}: site {line.site_code} is described otherwise on line {first.number}")
    for same in by_practice.values():
        same.sort(key=lambda line: line.valid_from)
        longest = same[0]
        for line in same[1:]:
            if (longest.valid_to or date.max) > line.valid_from:
                problems.append(_overlap(longest, line))
            if (line.valid_to or date.max) > (longest.valid_to or date.max):
                longest = line
    return problems


def _site(line: Line) -> tuple[object, ...]:
    """What a line says of its site."""
    return line.site_name, line.region, line.start_date, line.went_live, line.wave, line.rural_pct


def _overlap(one: Line, other: Line) -> str:
    where = f"line {other.number}: practice {one.practice_code} would be in"
    if one.site_code == other.site_code:
        return f"{where} {one.site_code} twice at once (line {one.number})"
    return f"{where} two sites at once ({one.site_code} on line {one.number}, {other.site_code})"


def import_sites(conn: "Connection", lines: list[Line], today: date) -> Imported:
    """Writes the register as the owner, in the caller's transaction. A site starts with its start_date or first
    member and ends when its last member has left. The months that closed before it was registered may be
    pushed until this month's refresh close."""
    sites = {line.site_code: line for line in lines}
    members = {code: [line for line in lines if line.site_code == code] for code in sites}
    starts = {code: min(x.start_date or x.valid_from for x in of) for code, of in members.items()}
    ends = {code: None if any(x.valid_to is None for x in of) else max(x.valid_to for x in of if x.valid_to)
            for code, of in members.items()}  # fmt: skip
    conn.execute("create temporary table before on commit drop as select * from ref.membership")
    conn.execute("create temporary table site_before on commit drop as select * from ref.site")
    conn.execute("create temporary table practice_before on commit drop as select * from ref.practice")
    history_open_until = calendar.closes(today.replace(day=1)).refresh
    conn.cursor().executemany(
        """insert into ref.site
             (site_code, site_name, region, wave, rural_pct, start_date, went_live, end_date, history_open_until)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
           on conflict (site_code) do update set site_name = excluded.site_name, region = excluded.region,
             wave = excluded.wave, rural_pct = excluded.rural_pct, went_live = excluded.went_live,
             start_date = excluded.start_date, end_date = excluded.end_date""",
        [
            (
                s.site_code, s.site_name, s.region, s.wave, s.rural_pct, starts[s.site_code], s.went_live,
                ends[s.site_code], history_open_until,
            )
            for s in sites.values()
        ],
    )  # fmt: skip
    conn.cursor().executemany(
        """insert into ref.practice (practice_code, imd_quintile) values (%s, %s)
           on conflict (practice_code) do update set imd_quintile = excluded.imd_quintile""",
        list({x.practice_code: x.imd_quintile for x in lines}.items()),
    )
    conn.execute("delete from ref.membership where site_code = any(%s)", (list(sites),))
    conn.cursor().executemany(
        "insert into ref.membership (practice_code, site_code, valid_from, valid_to) values (%s, %s, %s, %s)",
        [(x.practice_code, x.site_code, x.valid_from, x.valid_to) for x in lines],
    )
    _refuse_overlaps(conn)
    _ensure_calendar(conn, today)
    _find_moves(conn)
    months = _mark_changed_months(conn)
    replayed = _replay(conn)
    conn.execute(
        "insert into ops.audit (action, subject, detail) values ('import_sites', 'register', jsonb_build_object("
        "'sites', %s::int, 'memberships', %s::int))",
        (len(sites), len(lines)),
    )
    return Imported(len(sites), len({x.practice_code for x in lines}), len(lines), months, replayed)


def _refuse_overlaps(conn: "Connection") -> None:
    """With the sites already registered, too, a practice has one site a day."""
    clash = conn.execute(
        """select a.practice_code, a.site_code, b.site_code
           from ref.membership as a inner join ref.membership as b using (practice_code)
           where a.site_code < b.site_code
           and daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to) limit 1"""
    ).fetchone()
    if clash:
        raise Refused(
            f"Practice {clash[0]} would be in two sites at once: {clash[1]} and {clash[2]}. Give its membership "
            "of the site it left a valid_to, in a file that names both sites."
        )


def _ensure_calendar(conn: "Connection", today: date) -> None:
    """The months since the first submission, once there is one: before it, nothing was collected."""
    row = conn.execute("select min(period) from ref.period").fetchone()
    if row and row[0]:
        calendar.ensure_periods(conn, row[0], calendar.last_complete_month(today))


def _find_moves(conn: "Connection") -> None:
    """Temporary table ``moved``: period x practice x site, of each known month whose first day finds a
    practice in another place than before."""
    conn.execute(
        """create temporary table moved on commit drop as
           with was as (
             select p.period, m.practice_code, m.site_code from ref.period as p inner join before as m
             on p.period >= m.valid_from and (m.valid_to is null or p.period < m.valid_to)
           ),
           now_ as (
             select p.period, m.practice_code, m.site_code from ref.period as p inner join ref.membership as m
             on p.period >= m.valid_from and (m.valid_to is null or p.period < m.valid_to)
           )
           (table was except table now_) union (table now_ except table was)"""
    )


def _mark_changed_months(conn: "Connection") -> int:
    """Every known month in which some practice or site is not what it was before; the newest one, too, where
    only dates within a month changed, so that the dimensions are made again."""
    return conn.execute(
        """with gone as (table before except table ref.membership),
           come as (table ref.membership except table before),
           site as (
             select least(n.start_date, o.start_date) as start_date
             from ref.site as n full join site_before as o using (site_code)
             where (n.start_date, n.went_live, n.end_date, n.region, n.site_name, n.wave, n.rural_pct)
               is distinct from (o.start_date, o.went_live, o.end_date, o.region, o.site_name, o.wave, o.rural_pct)
           ),
           practice as (
             select from ref.practice as n inner join practice_before as o using (practice_code)
             where n.imd_quintile is distinct from o.imd_quintile
           ),
           changed as (
             select period from moved
             union
             select period from ref.period inner join site on period >= date_trunc('month', start_date)
             union
             select period from ref.period where exists (table practice)
             union
             select max(period) from ref.period where exists (table gone) or exists (table come)
           )
           insert into ops.month_change (period, reason)
           select period, 'register' from changed where period is not null"""
    ).rowcount


def _replay(conn: "Connection") -> int:
    """Puts back into the queue what was judged by memberships that are no longer so: of each month in which
    a practice came or went, the submissions that name it, and those of the sites it came to or went from.
    Superseded ones, too: should the one in use now be refused, the last good one takes its place."""
    return conn.execute(
        """insert into ops.queue (submission_id, reason)
           select distinct s.submission_id, 'the register changed'
           from ops.submission as s
           left join ops.profile as p using (submission_id) -- a nil return has none
           inner join moved as c
           on c.period = s.period and (c.site_code = s.site_code or c.practice_code = any(p.practices))
           on conflict do nothing"""
    ).rowcount
