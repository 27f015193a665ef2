"""What became of a month's returns of one feed, in figures: the cell that all pages are put together from.

Facts -> Grid: (month, feed) -> Cell (returns, what is open, checks, questions) and what came before it
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, Protocol, TypeVar

from pch import registry
from pch.registry import Feed
from pch.registry.rules import Rule, rules_of
from pch.reports.pages.facts import Broken, Check, Exemption, Facts, Judged, Outcome, Return, Standing
from pch.reports.questions import Question
from pch.warehouse.calendar import add_months

TREND_MONTHS = 13  # a year, and the same month of the year before
GRAVEST: tuple[Outcome, ...] = ("rejected", "missing", "warned", "awaited", "in_order")
TROUBLE: tuple[Outcome, ...] = GRAVEST[:3]
WAITING_FOR_REASON = ("open", "declined")


@dataclass(frozen=True)
class Tally:
    """Returns by what became of them."""

    counts: Counter[Outcome]
    arrived_count: int
    rows_count: int

    @classmethod
    def of(cls, returns: Iterable[Return]) -> "Tally":
        each = list(returns)
        return cls(
            Counter(r.outcome for r in each),
            sum(r.attempts_count > 0 for r in each),
            sum(r.rows_count for r in each),
        )

    def __getitem__(self, outcome: Outcome) -> int:
        return self.counts[outcome]

    @property
    def due_count(self) -> int:
        return self.counts.total()

    @property
    def troubled_count(self) -> int:
        return sum(self.counts[o] for o in TROUBLE)

    @property
    def reporting_pct(self) -> float | None:
        """The share of returns due for which anything arrived."""
        return pct(self.arrived_count, self.due_count)

    @property
    def in_order_pct(self) -> float | None:
        """Of returns that are not awaited any more."""
        return self.share_pct("in_order")

    def share_pct(self, outcome: Outcome) -> float | None:
        return pct(self.counts[outcome], self.due_count - self.counts["awaited"])


@dataclass(frozen=True)
class Breach:
    """A rule that open findings of a cell break, and where."""

    rule: Rule
    sites: list[str]
    is_error: bool


@dataclass(frozen=True)
class Asked:
    """A rule and what it was asked of; ``unit`` of a contract's rules is files, of others rows or figures.
    ``asked_count`` is None where it was not asked, 0 where it did not apply. ``open_count``: sites at which it is
    open still."""

    rule: Rule
    threshold: str
    asked_count: int | None
    violated_count: int
    files_violated: int
    open_count: int

    @property
    def violated_pct(self) -> float | None:
        return pct(self.violated_count, self.asked_count or 0)

    @property
    def unit(self) -> Literal["files", "rows", "figures"]:
        if self.rule.layer in ("contract", "register"):
            return "files"
        return "rows" if self.rule.layer == "row" else "figures"


@dataclass(frozen=True)
class LetPass:
    """An exemption in force in a month, and the sentences of what it let pass there."""

    exemption: Exemption
    messages: list[str]


class Cell:
    """A month and feed."""

    def __init__(self, grid: "Grid", period: date, feed: Feed) -> None:
        key = (period, feed.feed)
        self.grid, self.period, self.feed = grid, period, feed
        self.returns: list[Return] = grid.returns.get(key, [])
        self.standing: list[Standing] = grid.standing.get(key, [])
        self.judged: Judged | None = next(iter(grid.judged.get(key, ())), None)
        self._checks: list[Check] = grid.checks.get(key, [])
        self._broken: list[Broken] = grid.broken.get(key, [])
        self.questions: list[Question] = grid.questions.get(key, [])

    @cached_property
    def tally(self) -> Tally:
        return Tally.of(self.returns)

    @property
    def is_due(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.returns or self.standing)

    @property
    def file_name(self) -> str:
        return f"{self.period:%Y-%m}.{self.feed.feed}.html"

    @property
    def open(self) -> list[Standing]:
        """Findings that nobody let pass."""
        return [f for f in self.standing if not f.is_exempt]

    @property
    def waiting_for_reason_count(self) -> int:
        return sum(q.state in WAITING_FOR_REASON for q in self.questions)

    @property
    def waiting_for_decision_count(self) -> int:
        return sum(q.state == "answered" for q in self.questions)

    @property
    def files_accepted_pct(self) -> float | None:
        return pct(self.judged.files_accepted, self.judged.files_count) if self.judged else None

    @property
    def missing_sites(self) -> list[str]:
        return [r.site_code for r in self.returns if r.outcome == "missing"]

    @cached_property
    def trend(self) -> list["Cell"]:
        """The feed's months up to this one, oldest first."""
        return [self.grid.cell(period, self.feed) for period in self.grid.trend(self.period)]

    @cached_property
    def before(self) -> "Cell | None":
        """The newest earlier month in which the feed was due, within a year."""
        return next((c for c in reversed(self.trend[:-1]) if c.is_due), None)

    @property
    def after(self) -> "Cell | None":
        later = (self.grid.cell(p, self.feed) for p in self.grid.periods if p > self.period)
        return next((c for c in later if c.is_due), None)

    @property
    def change_points(self) -> float | None:
        """By how much the share in order rose since the month before."""
        before = self.before.tally.in_order_pct if self.before else None
        now = self.tally.in_order_pct
        return None if now is None or before is None else now - before

    @cached_property
    def breaches(self) -> list[Breach]:
        """Gravest first: errors, then what concerns most sites."""
        sites: dict[str, list[str]] = defaultdict(list)
        is_error: dict[str, bool] = defaultdict(bool)
        for f in self.open:
            sites[f.rule] += [f.site_code] if f.site_code not in sites[f.rule] else []
            is_error[f.rule] |= f.severity == "error"
        made = [Breach(self.rule(name), sorted(sites[name]), is_error[name]) for name in sites]
        return sorted(made, key=lambda b: (not b.is_error, -len(b.sites), b.rule.rule))

    @cached_property
    def checks(self) -> dict[str, Asked]:
        """Every rule in force, and those that were when the files were judged, by name."""
        asked = {c.rule: c for c in self._checks}
        broken = {b.rule: b for b in self._broken}
        open_at = {b.rule.rule: len(b.sites) for b in self.breaches}
        names = dict.fromkeys([*rules_of(self.feed.feed, self.period), *asked, *broken])
        return {n: self._asked(self.rule(n), asked.get(n), broken.get(n), open_at.get(n, 0)) for n in names}

    def rule(self, name: str) -> Rule:
        """Its words; of one that is not in force any more, only that."""
        if known := rules_of(self.feed.feed, self.period).get(name):
            return known
        on_record: list[Broken | Check] = [*self._broken, *self._checks]
        said = next(x for x in on_record if x.rule == name)
        return Rule(name, said.layer, said.severity, "This rule is not in force any more.", "")

    def _asked(self, rule: Rule, check: Check | None, broken: Broken | None, open_count: int) -> Asked:
        asked = check.asked_count if check else None
        if self.judged and rule.layer == "contract":
            asked = self.judged.files_count
        elif self.judged and rule.layer == "register":
            asked = self.judged.submissions_count
        counts = (broken.violated_count, broken.files_violated) if broken else (0, 0)
        return Asked(rule, check.threshold if check else "", asked, *counts, open_count)


def pct(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


class Keyed(Protocol):
    @property
    def period(self) -> date: ...
    @property
    def feed(self) -> str: ...


K = TypeVar("K", bound=Keyed)


class Grid:
    """All cells, by month and feed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.feeds: list[Feed] = list(registry.feeds().values())
        self.returns, self.standing = _keyed(facts.returns), _keyed(facts.standing)
        self.judged, self.checks, self.broken = _keyed(facts.judged), _keyed(facts.checks), _keyed(facts.broken)
        self.questions = _keyed(facts.questions)
        self.periods = sorted({period for period, _ in (*self.returns, *self.judged)})
        self._cells: dict[tuple[date, str], Cell] = {}

    def cell(self, period: date, feed: Feed) -> Cell:
        key = (period, feed.feed)
        if key not in self._cells:
            self._cells[key] = Cell(self, period, feed)
        return self._cells[key]

    def cells(self, period: date) -> list[Cell]:
        """Of every feed, in the order of the feeds."""
        return [self.cell(period, feed) for feed in self.feeds]

    def worst_first(self, period: date) -> list[Cell]:
        """Those with anything to say; those of most returns not in order first."""
        due = [c for c in self.cells(period) if c.is_due]
        return sorted(due, key=lambda c: (100 if (p := c.tally.in_order_pct) is None else p, c.feed.title))

    def trend(self, period: date) -> list[date]:
        """The months up to this one that a trend shows, oldest first."""
        return [add_months(period, -n) for n in reversed(range(TREND_MONTHS))]

    def let_pass(self, period: date, feed: str | None = None) -> list[LetPass]:
        """What is in force in the month, for one feed or all."""
        messages: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
        for cell in self.cells(period):
            for f in cell.standing:
                if f.is_exempt:
                    messages[f.site_code, f.feed, f.rule, f.subject].append(f.message)
        return [
            LetPass(e, messages.get((e.site_code, e.feed, e.rule, e.subject), []))
            for e in self.facts.exemptions
            if e.valid_from <= period <= e.valid_to and feed in (None, e.feed)
        ]

    @property
    def newest(self) -> date | None:
        """The newest month in which anything arrived; else the newest."""
        arrived = [p for p in self.periods if any(c.tally.arrived_count for c in self.cells(p))]
        return max(arrived or self.periods, default=None)


def _keyed(rows: Iterable[K]) -> dict[tuple[date, str], list[K]]:
    found: dict[tuple[date, str], list[K]] = defaultdict(list)
    for row in rows:
        found[row.period, row.feed].append(row)
    return dict(found)
