"""Register layer: are the practices in the file the site's own?

``stage_practice`` (temporary table of this transaction) + register of sites -> findings, and rows set aside

A row whose practice does not belong to the site on the first day of the period is set aside: it stays in
the raw table, where it can be seen, and no measure counts it. A practice in two sites' files therefore
counts once, at the site it belongs to. Rows that name no practice are of the whole site and are kept.

What is said of strangers, and of an unknown site, is said in the same words on a site's own desk, which has a file of
the register and no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pch.findings import Finding

if TYPE_CHECKING:
    from pch.warehouse.db import Connection

MOST_NAMED = 5


@dataclass(frozen=True)
class SetAside:
    rows: dict[int, int]  # by submission
    findings: list[Finding]


@dataclass(frozen=True)
class Strangers:
    """Practices in a file that are not its site's: their ``rows``, the first of them on ``line``, and the rest of the
    file, the rows that are ``kept``. ``owners``: of each practice, in their order, the site it belongs to, if any."""

    rows: int
    line: int
    kept: int
    owners: Sequence[tuple[str, str | None]]


def set_aside(conn: "Connection", submission_ids: list[int]) -> SetAside:
    """Looks at every submission in the stage."""
    found = conn.execute(
        """with judged as (
             select n.submission_id, n.practice_code, n.rows_count, n.first_line, s.site_code, s.period,
               m.site_code as owner,
               sum(n.rows_count) filter (where n.practice_code is null or m.site_code = s.site_code)
               over (partition by submission_id) as kept
             from stage_practice as n
             inner join ops.submission as s using (submission_id)
             left join ref.membership as m on m.practice_code = n.practice_code
               and s.period >= m.valid_from and (m.valid_to is null or s.period < m.valid_to)
           )
           select submission_id, site_code, period, sum(rows_count)::bigint, min(first_line),
             coalesce(min(kept), 0)::bigint, array_agg(practice_code order by practice_code),
             array_agg(owner order by practice_code)
           from judged
           where practice_code is not null and owner is distinct from site_code
           group by submission_id, site_code, period"""
    ).fetchall()
    rows: dict[int, int] = {}
    findings = []
    for submission_id, site_code, period, n, line, kept, practices, owners in found:
        rows[submission_id] = n
        strangers = Strangers(n, line, kept, list(zip(practices, owners, strict=True)))
        findings.append(of_strangers(submission_id, site_code, period, strangers))
    named = {f.submission_id for f in findings if f.severity == "error"}
    return SetAside(rows, findings + _unknown_sites(conn, [i for i in submission_ids if i not in named]))


def of_strangers(submission_id: int, site_code: str, period: date, strangers: Strangers) -> Finding:
    """A warning; an error where nothing else is in the file."""
    counted = "1 row" if strangers.rows == 1 else f"{strangers.rows:,} rows"
    names = [f"{p} (of {owner})" if owner else f"{p} (not on the register)" for p, owner in strangers.owners]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    which = ", ".join(names[:MOST_NAMED]) + more
    day = f"{period.day} {period:%B %Y}"
    if strangers.kept:
        return Finding(
            submission_id,
            "practice_not_of_site",
            "warning",
            "register",
            f"The file has {counted} of practices that do not belong to {site_code} on {day}, "
            f"first on line {strangers.line}: {which}. They are set aside and in no figure.",
            "Leave these practices out of the extract, or ask the central team to correct the register.",
            "practice_code",
            strangers.rows,
        )
    return Finding(
        submission_id,
        "no_practice_of_site",
        "error",
        "register",
        f"No row is of a practice that belongs to {site_code} on {day}. The file has {counted} of {which}.",
        "Check that the file is yours. If it is, ask the central team to register your practices; "
        "the file is then read again without another push.",
        "practice_code",
        strangers.rows,
    )


def _unknown_sites(conn: "Connection", submission_ids: list[int]) -> list[Finding]:
    """Whatever does not name its practices (a ledger, a nil return) of a site that nobody registered."""
    found = conn.execute(
        """select s.submission_id, s.site_code,
             coalesce((select sum(n.rows_count) from stage_practice as n where n.submission_id = s.submission_id), 0)
           from ops.submission as s
           where s.submission_id = any(%s)
           and not exists (select from ref.site as r where r.site_code = s.site_code)""",
        (submission_ids,),
    ).fetchall()
    return [of_unknown_site(submission_id, site_code, int(rows)) for submission_id, site_code, rows in found]


def of_unknown_site(submission_id: int, site_code: str, rows: int) -> Finding:
    return Finding(
        submission_id,
        "unknown_site",
        "error",
        "register",
        f"There is no site {site_code} on the register, so the file belongs to nobody.",
        "Check the site code. If it is right, ask the central team to register the site; the file is then "
        "read again without another push.",
        None,
        rows,
    )
