"""How declarations are kept: rows are appended, never changed; the newest of a key is in force unless it withdraws.

row -> ops.<kind> -> ops.current_<kind> (in force) and ops.month_change (the months it moves)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from pch import registry
from pch.errors import Refused
from pch.registry import Metric
from pch.warehouse.answers import LEAST_CHARACTERS
from pch.warehouse.db import Connection

Kind = Literal["baseline", "target", "priority", "characteristic", "rebase", "budget", "grant_award", "claim"]
Row = dict[str, Any]

_SIGNATURE: dict[Kind, str] = {
    "baseline": "frozen_by", "target": "set_by", "priority": "set_by", "characteristic": "recorded_by",
    "rebase": "signed_by", "budget": "signed_by", "grant_award": "awarded_by",
    "claim": "registered_by",
}  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """``added``: rows that said something new; ``months``: how many wait to be built for them; ``warnings``: what the
    declarer should look at again."""

    added: int
    months: int
    warnings: list[str]


def one_at_a_time(conn: Connection) -> None:
    """Until the transaction ends nobody else declares: what was looked up stays so."""
    conn.execute("select pg_advisory_xact_lock(hashtext('declare'))")


def declare(
    conn: Connection, kind: Kind, rows: Sequence[Row], by: str, first: date, warnings: Sequence[str] = ()
) -> Declared:
    """Appends the rows that say something else than what is in force, whoever said it, and puts down for building
    the months they move: those from ``first`` on, and the newest in any case."""
    fresh = _unsaid(conn, kind, rows)
    if not fresh:
        return Declared(0, 0, list(warnings))
    append(conn, kind, fresh, by)
    return Declared(len(fresh), mark_from(conn, first, kind), list(warnings))


def withdraw(conn: Connection, kind: Kind, key: Mapping[str, object], because: str, by: str) -> int:
    """Takes back what is in force of ``key``; returns how many months wait to be built for it."""
    one_at_a_time(conn)
    require_sentence(because, "A withdrawal")
    found = in_force(conn, kind, key)
    if not found:
        what = ", ".join(str(value) for value in key.values() if value is not None)
        raise Refused(f"No {kind.replace('_', ' ')} of {what} is in force, so there is nothing to withdraw.")
    (row,) = found
    kept = {name: row[name] for name in _columns(kind, row)}
    reason = "evidence" if kind == "characteristic" else "because"
    append(conn, kind, [kept | {reason: because.strip(), "is_withdrawn": True}], by)
    first = row.get("from_period") or row.get("first_period") or date.max
    if kind in ("grant_award", "claim"):  # no figure of a month moves
        first = date.max
    return mark_from(conn, first, f"{kind} withdrawn")


def append(conn: Connection, kind: Kind, rows: Sequence[Row], by: str) -> None:
    """Adds rows, all with the same columns, signed ``by``."""
    columns = [*rows[0], _SIGNATURE[kind]]
    conn.cursor().executemany(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("ops", kind),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        ),
        [{**row, _SIGNATURE[kind]: by} for row in rows],
    )


def in_force(conn: Connection, kind: Kind, key: Mapping[str, object]) -> list[Row]:
    """The rows in force that are as ``key`` says (None: where there is none), with all their columns."""
    conditions = [sql.SQL("{} is not distinct from {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in key]
    query = sql.SQL("select * from {} where {}").format(
        sql.Identifier("ops", f"current_{kind}"), sql.SQL(" and ").join([sql.SQL("true"), *conditions])
    )
    return conn.cursor(row_factory=dict_row).execute(query, key).fetchall()


def mark_from(conn: Connection, first: date, reason: str) -> int:
    """Puts down for building every known month from ``first`` on, and the newest, so that what is whole in the marts
    is made again; returns how many."""
    return conn.execute(
        """insert into ops.month_change (period, reason)
           select period, %s from ref.period
           where period >= %s or period = (select max(period) from ref.period) order by period""",
        (reason, first),
    ).rowcount


def metric_of(code: str) -> Metric:
    """The newest definition of a metric; Refused where there is none."""
    if code not in registry.metrics():
        raise Refused(f"There is no metric '{code}'. The metrics are: {', '.join(registry.metrics())}.")
    return registry.metrics()[code]


def sites_of(conn: Connection) -> set[str]:
    """The codes of all sites of the register."""
    return {row[0] for row in conn.execute("select site_code from ref.site")}


def no_site(code: str) -> str:
    return f"There is no site '{code}' in the register."


def require_site(conn: Connection, code: str) -> None:
    if code not in sites_of(conn):
        raise Refused(no_site(code))


def wrong_with_sentence(text: str, what: str) -> Iterator[str]:
    if len(text.strip()) < LEAST_CHARACTERS:
        yield f"{what} needs a sentence of {LEAST_CHARACTERS} characters or more that says why; others read it."


def require_sentence(text: str, what: str) -> None:
    refuse_any(wrong_with_sentence(text, what))


def refuse_any(sentences: Iterable[str]) -> None:
    """Refuses with the first of them, if there is one."""
    for sentence in sentences:
        raise Refused(sentence)


def _unsaid(conn: Connection, kind: Kind, rows: Sequence[Row]) -> list[Row]:
    names = list(rows[0]) if rows else []
    said = {tuple(row[name] for name in names) for row in in_force(conn, kind, {})}
    return [row for row in rows if tuple(row[name] for name in names) not in said]


def _columns(kind: Kind, row: Row) -> list[str]:
    """Those that a person declared; the rest is given by the table or reckoned by the view."""
    made = {f"{kind}_id", "effective_to", _SIGNATURE[kind]}
    return [name for name in row if name not in made and not name.endswith("_at")]
