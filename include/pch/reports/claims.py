"""The register of claims, live, with what the newest evaluation says of each."""

from dataclasses import dataclass, fields
from datetime import date

from psycopg.rows import class_row

from pch.reports.plain import snapshot
from pch.settings import Settings


@dataclass(frozen=True)
class Claim:
    """``site_code`` None: of the programme. status, estimate, limits and finding: None until it was evaluated."""

    claim_code: str
    site_code: str | None
    statement: str
    source: str
    claimed_on: date
    quantity: str
    metric_code: str
    definition_version: int
    first_period: date
    last_period: date
    claimed: float
    claimed_before: float | None
    overlap_group: str
    status: str | None
    estimate: float | None
    lower_95: float | None
    upper_95: float | None
    finding: str | None


def current_claims(settings: Settings, site_code: str | None = None) -> list[Claim]:
    columns = ", ".join(f.name for f in fields(Claim))
    with snapshot(settings) as conn, conn.cursor(row_factory=class_row(Claim)) as cursor:
        return cursor.execute(
            f"""select {columns} from ops.current_claim as c
                left join eval.claim_result as r
                  on r.claim_id = c.claim_id
                  and r.evaluation_id = (select evaluation_id from eval.current_evaluation)
                where %(site)s::text is null or c.site_code = %(site)s order by claim_code""".encode(),
            {"site": site_code},
        ).fetchall()
