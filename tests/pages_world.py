"""A small world for the quality pages, as the ledger would give it, and a reader of what was written of it.

Three sites push two feeds for three months. One site's name, a sentence and a reason are written to break out of HTML.

    month     registered_list                                hospital_activity
    2026-01   all in order                                   not asked of anybody
    2026-02   AAA01 in order, AAA02 warned, AAA03 missing    AAA01 in order, AAA02 rejected, AAA03 rejected (1 in use)
    2026-03   AAA01 and AAA02 in order, AAA03 awaited        AAA01 and AAA02 in order, AAA03 warned
"""

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pch.reports.pages.cells import Grid
from pch.reports.pages.facts import Broken, Check, Exemption, Facts, Judged, Return, Standing
from pch.reports.questions import Question

HOSTILE = "<script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)> & \"Sons\" {{ 7 * 7 }}"
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
LIST, ACTIVITY = "registered_list", "hospital_activity"


def world() -> Grid:
    question = Question(
        "AAA02", LIST, FEBRUARY, 5, "unusual_total", "registered_count", f"The total is odd. {HOSTILE}", "", "declined",
        1, "merger", "A merger", HOSTILE, HOSTILE, datetime(2026, 3, 20, 9, tzinfo=UTC), f"Not yet. {HOSTILE}", "centre",
        datetime(2026, 3, 21, 9, tzinfo=UTC),
    )  # fmt: skip
    return Grid(
        Facts(
            as_of=datetime(2026, 4, 20, 11, 30, tzinfo=UTC),
            sites={"AAA01": "Plain Green", "AAA02": HOSTILE, "AAA03": "Third"},
            returns=[
                *(Return(site, LIST, JANUARY, "in_order", 1, 1, 1_000) for site in ("AAA01", "AAA02", "AAA03")),
                Return("AAA01", LIST, FEBRUARY, "in_order", 2, 2, 1_000),
                Return("AAA02", LIST, FEBRUARY, "warned", 1, 1, 1_234),
                Return("AAA03", LIST, FEBRUARY, "missing", 0, None, 0),
                Return("AAA01", LIST, MARCH, "in_order", 1, 1, 1_000),
                Return("AAA02", LIST, MARCH, "in_order", 1, 1, 1_000),
                Return("AAA03", LIST, MARCH, "awaited", 0, None, 0),
                Return("AAA01", ACTIVITY, FEBRUARY, "in_order", 1, 1, 50_000),
                Return("AAA02", ACTIVITY, FEBRUARY, "rejected", 1, None, 0),
                Return("AAA03", ACTIVITY, FEBRUARY, "rejected", 2, 1, 40_000),
                Return("AAA01", ACTIVITY, MARCH, "in_order", 1, 1, 50_000),
                Return("AAA02", ACTIVITY, MARCH, "in_order", 1, 1, 50_000),
                Return("AAA03", ACTIVITY, MARCH, "warned", 1, 1, 50_000),
            ],
            standing=[
                found("AAA02", LIST, FEBRUARY, "unusual_total", "submission", message=question.message),
                found("AAA01", LIST, FEBRUARY, "implausible_patients", "row", is_exempt=True, message="Let through."),
                found("AAA02", ACTIVITY, FEBRUARY, "bad_count", "contract", "error", message=f"A cell. {HOSTILE}"),
                found("AAA03", ACTIVITY, FEBRUARY, "bad_count", "contract", "error", attempt=2),
                found("AAA03", ACTIVITY, FEBRUARY, "negative_events", "row", "error", attempt=2),
                found("AAA03", ACTIVITY, FEBRUARY, "practice_not_of_site", "register"),
                found("ZZZ99", ACTIVITY, FEBRUARY, "unknown_site", "register", "error"),
                found("AAA03", ACTIVITY, MARCH, "bygone_rule", "row"),
            ],
            judged=[
                Judged(JANUARY, LIST, 3, 3, 3),
                Judged(FEBRUARY, LIST, 3, 3, 2),
                Judged(MARCH, LIST, 2, 1, 1),
                Judged(FEBRUARY, ACTIVITY, 5, 5, 2),
                Judged(MARCH, ACTIVITY, 3, 3, 3),
            ],
            checks=[
                Check(JANUARY, LIST, "row", "negative_patients", "error", "at least 0", 3_000, ),
                Check(FEBRUARY, LIST, "row", "negative_patients", "error", "at least 0", 2_234),
                Check(FEBRUARY, LIST, "row", "implausible_patients", "warning", "at most 20000", 2_234),
                Check(JANUARY, LIST, "submission", "unusual_total", "warning", "limit_pct >= size_of_change_pct", 0),
                Check(FEBRUARY, LIST, "submission", "unusual_total", "warning", "limit_pct >= size_of_change_pct", 2),
                Check(FEBRUARY, ACTIVITY, "row", "negative_events", "error", "at least 0", 120_000),
                Check(MARCH, ACTIVITY, "row", "negative_events", "error", "at least 0", 150_000),
                Check(MARCH, ACTIVITY, "row", "bygone_rule", "warning", "at most 3", 150_000),
            ],
            broken=[
                Broken(FEBRUARY, LIST, "submission", "unusual_total", "warning", 1, 1),
                Broken(FEBRUARY, LIST, "row", "implausible_patients", "information", 3, 1),
                Broken(FEBRUARY, ACTIVITY, "contract", "bad_count", "error", 2, 2),
                Broken(FEBRUARY, ACTIVITY, "register", "practice_not_of_site", "warning", 1, 1),
                Broken(FEBRUARY, ACTIVITY, "register", "unknown_site", "error", 1, 1),
                Broken(FEBRUARY, ACTIVITY, "row", "negative_events", "error", 12, 1),
                Broken(MARCH, ACTIVITY, "row", "bygone_rule", "warning", 9, 1),
            ],
            questions=[question],
            exemptions=[
                Exemption("AAA01", LIST, "implausible_patients", "", FEBRUARY, MARCH, "waiver", f"Known. {HOSTILE}"),
            ],
        )
    )  # fmt: skip


def found(
    site: str, feed: str, period: date, rule: str, layer: Any, severity: Any = "warning", *, attempt: int = 1,
    message: str = "", is_exempt: bool = False,
) -> Standing:  # fmt: skip
    sentence = message or f"What {rule} says of {site}."
    return Standing(site, feed, period, attempt, rule, "" if "total" not in rule else "registered_count", layer,
                    "information" if is_exempt else severity, sentence, "Push it again.", is_exempt)  # fmt: skip


VOID = {"meta", "link", "img", "br", "input", "hr"}
INLINE = {"a", "abbr", "code", "span"}


class Page(HTMLParser):
    """What a page holds: its tags in order, its tables as rows of text, its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[tuple[int, str]] = []
        self.text = ""
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        assert self._open == [], f"not closed: {self._open}"

    @classmethod
    def of(cls, path: Path) -> "Page":
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag not in INLINE:
            self.text += " "
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        elif tag in ("small", "div", "p", "br") and self._rows and self._rows[-1]:
            self._rows[-1][-1] += " "
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> within {self._open}"
        self._open.pop()
        if tag == "table":
            self.tables[self._caption] = [[" ".join(cell.split()) for cell in row] for row in self._rows]

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        inside = set(self._open)
        if "svg" in inside:
            return
        if "caption" in inside:
            self._caption += " ".join(data.split())
        elif inside & {"td", "th"}:
            self._rows[-1][-1] += data
        elif inside & {"h1", "h2", "h3"}:
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def table(self, begins: str) -> list[list[str]]:
        """The rows, header first, of the table whose caption begins so."""
        return next(rows for caption, rows in self.tables.items() if caption.startswith(begins))
