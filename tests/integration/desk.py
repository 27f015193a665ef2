"""What a test does, as a site, as the pipeline and as an analyst; and small files to push."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pch.intake.landing import Landing
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.pipeline.batches import plan
from pch.pipeline.build import build
from pch.pipeline.collect import load
from pch.pipeline.review import review
from pch.registry import BANDS, feeds
from pch.settings import Settings
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import Connection, connect
from pch.warehouse.register import Line, import_sites

FIGURES = tuple(
    f"+{model}"
    for model in (
        "fct_metric_value", "fct_population", "fct_return", "fct_finding", "fct_reporting",
        "dim_metric", "dim_period", "dim_practice", "dim_site",
    )
)  # fmt: skip


@dataclass
class Desk:
    """What a test does: as a site, as the pipeline, as an analyst."""

    settings: Settings
    owner: Connection

    def register(self, practices: Mapping[str, list[str]], start: str = "2025-01-01") -> None:
        """Sites with their practices, members since ``start``."""
        since = date.fromisoformat(start)
        lines = [
            Line(n, site, f"Site {site}", practice, since, None, None, None)
            for n, (site, practice) in enumerate((s, p) for s, ps in practices.items() for p in ps)
        ]
        with connect(self.settings, "owner") as conn:
            import_sites(conn, lines, date.today())

    def push(
        self, site: str, feed: str, period: str, content: bytes | str, *, name: str = "extract.csv",
        at: datetime | None = None, nil: str | None = None, reinstate: bool = False, key: str | None = None,
    ) -> Receipt:  # fmt: skip
        """One submission through the same door every caller uses."""
        payload = content.encode() if isinstance(content, str) else content
        with connect(self.settings, "intake", autocommit=True) as conn:
            return receive(
                conn, Landing(self.settings.landing), Return(site, feed, parse_period(period)), name, payload,
                Sender("test", "tester"), nil_reason=nil, received_at=at, reinstate=reinstate,
                idempotency_key=key,
            )  # fmt: skip

    def collect(self) -> None:
        """Everything that waits, batch by batch, and then the months beside one another."""
        for batch in plan(self.settings):
            load(self.settings, batch)
        review(self.settings)

    def build(self) -> list[date]:
        """The whole warehouse."""
        return build(self.settings).periods

    def build_figures(self) -> list[date]:
        """As far as the figures of the sites, and what stands beside them: half of the time."""
        return build(self.settings, models=FIGURES).periods

    def verdict(self, receipt: Receipt) -> str | None:
        row = self.owner.execute(
            "select verdict from ops.current_verdict where submission_id = %s", (receipt.submission_id,)
        ).fetchone()
        return row[0] if row else None

    def findings(self, receipt: Receipt) -> dict[str, dict[str, Any]]:
        """By rule: severity, rows_count, message, next_step, examples. That old months arrive late is no news here."""
        rows = self.owner.execute(
            """select rule, severity, rows_count, message, next_step, examples, column_name
               from ops.current_finding where submission_id = %s and rule <> 'after_primary_close'""",
            (receipt.submission_id,),
        ).fetchall()
        keys = ("severity", "rows_count", "message", "next_step", "examples", "column")
        return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows}

    def value(self, query: str, *parameters: Any) -> Any:
        """The single figure that ``query`` gives."""
        row = self.owner.execute(query, parameters).fetchone()
        return row[0] if row else None

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.owner.execute(query, parameters).fetchall()


def list_file(practices: list[str], count: Callable[[str, str, str], int] = lambda practice, sex, band: 10) -> str:
    """A registered_list file: every practice, sex and band with ``count``."""
    lines = ["practice_code,sex,age_band,registered_count"]
    lines += [f"{p},{s},{b},{count(p, s, b)}" for p in practices for s in ("female", "male") for b in BANDS]
    return "\n".join(lines) + "\n"


def activity_file(practices: list[str], count: Callable[[str, str, str], int] = lambda practice, sex, band: 2) -> str:
    """A hospital_activity file: emergency spells of every practice, sex and band."""
    lines = [
        "practice_code,sex,age_band,pod,condition_group,frailty,events_count,bed_days,live_discharges_count,readmit_30d_count"
    ]
    for p in practices:
        for s in ("female", "male"):
            for b in BANDS:
                n = count(p, s, b)
                lines.append(f"{p},{s},{b},em,other,none,{n},{2 * n},{n},0")
    return "\n".join(lines) + "\n"


def file_of(feed: str, *lines: str) -> str:
    """A file of any feed: the columns of its contract, and the lines given."""
    header = ",".join(c.name for c in feeds()[feed].columns)
    return "\n".join([header, *lines]) + "\n"


def inputs_file(*lines: str) -> str:
    return file_of("programme_inputs", *lines)
