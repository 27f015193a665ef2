"""Register layer: are the practices in the file the site's own?

``stage_practice`` (temporary table of this transaction) + register of sites -> findings, and rows set aside

A row whose practice does not belong to the site on the first day of the period is set aside: it stays in
the raw table, where it can be seen, and no measure counts it. A practice in two sites' files therefore
counts once, at the site it belongs to. Rows that name no practice are of the whole site and are kept.
"""

from dataclasses import dataclass

from pch.findings import Finding
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class SetAside:
    rows: dict[int, int]  # by submission
    findings: list[Finding]


def set_aside(conn: Connection, submission_ids: list[int]) -> SetAside:
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
           select submission_id, site_code, period, sum(rows_count), count(*), min(first_line), coalesce(min(kept), 0),
             array_agg(practice_code || coalesce(' (of ' || owner || ')', ' (not on the register)')
                       order by practice_code)
           from judged
           where practice_code is not null and owner is distinct from site_code
           group by submission_id, site_code, period"""
    ).fetchall()
    rows: dict[int, int] = {}
    findings = []
    for submission_id, site_code, period, n, practices, line, kept, named in found:
        rows[submission_id] = int(n)
        counted = "1 row" if n == 1 else f"{n:,} rows"
        which = ", ".join(named[:5]) + (f" and {practices - 5} more" if practices > 5 else "")
        if kept:
            findings.append(
                Finding(
                    submission_id,
                    "practice_not_of_site",
                    "warning",
                    "register",
                    f"The file has {counted} of practices that do not belong to {site_code} on {period:%-d %B %Y}, "
                    f"first on line {line}: {which}. They are set aside and in no figure.",
                    "Leave these practices out of the extract, or ask the central team to correct the register.",
                    "practice_code",
                    int(n),
                )
            )
        else:
            findings.append(
                Finding(
                    submission_id,
                    "no_practice_of_site",
                    "error",
                    "register",
                    f"No row is of a practice that belongs to {site_code} on {period:%-d %B %Y}. The file has "
                    f"{counted} of {which}.",
                    "Check that the file is yours. If it is, ask the central team to register your practices; "
                    "the file is then read again without another push.",
                    "practice_code",
                    int(n),
                )
            )
    named = {f.submission_id for f in findings if f.severity == "error"}
    return SetAside(rows, findings + _unknown_sites(conn, [i for i in submission_ids if i not in named]))


def _unknown_sites(conn: Connection, submission_ids: list[int]) -> list[Finding]:
    """Whatever does not name its practices (a ledger, a nil return) of a site that nobody registered."""
    found = conn.execute(
        """select s.submission_id, s.site_code,
             coalesce((select sum(n.rows_count) from stage_practice as n where n.submission_id = s.submission_id), 0)
           from ops.submission as s
           where s.submission_id = any(%s)
           and not exists (select from ref.site as r where r.site_code = s.site_code)""",
        (submission_ids,),
    ).fetchall()
    return [
        Finding(
            submission_id,
            "unknown_site",
            "error",
            "register",
            f"There is no site {site_code} on the register, so the file belongs to nobody.",
            "Check the site code. If it is right, ask the central team to register the site; the file is then "
            "read again without another push.",
            None,
            int(n),
        )
        for submission_id, site_code, n in found
    ]
