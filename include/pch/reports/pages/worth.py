"""What the programme cost and whether it was worth it: a page for the programme, one for each site.

worth facts, area -> answer, four figures, charts, checks, claims -> worth.html, worth.<site>.html

They hold true figures, small ones included: for the central team, and a site's for the site. Nothing of another site is
on a site's page.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pch.reports.pages import worth_words as say
from pch.reports.pages.charts_effect import acceptability_chart, course_chart, event_chart, methods_chart, plane_chart
from pch.reports.pages.charts_plot import Plot
from pch.reports.pages.charts_worth import budget_course_chart, budget_sites_chart, cost_chart, inputs_chart
from pch.reports.pages.render import render
from pch.reports.pages.worth_facts import (
    PROGRAMME,
    Acceptability,
    Area,
    Completeness,
    Cost,
    CoursePoint,
    Diagnostic,
    Draw,
    Effect,
    Event,
    Facts,
    Grant,
    Input,
    OfArea,
    Worth,
)

ADMISSIONS, MONEY = "emergency_admissions", "valued_cost"
BEST_FIRST = ("staggered", "synthetic_control", "interrupted_series")
NAIVE = "before_after"
QUIET = ("within",)


@dataclass(frozen=True)
class Figure:
    """One of the four at the top: ``shown`` large, ``beside`` small."""

    title: str
    shown: str
    beside: str


@dataclass(frozen=True)
class Section:
    """A chart, or why there is none."""

    plot: Plot | None
    reason: str


class AreaValue:
    """All that is known of what one area cost and was worth."""

    def __init__(self, world: "World", area: Area, name: str) -> None:
        facts = world.facts
        self.world, self.facts, self.area, self.name = world, facts, area, name
        self.is_programme = area == PROGRAMME
        self.who = "the programme" if self.is_programme else f"the programme at {name}"
        self.code = area[1]
        self.effects = sorted(world.of(Effect, area), key=lambda e: (e.outcome, _rank(e.method)))
        self.worth = world.of(Worth, area)
        self.completeness = next(iter(world.of(Completeness, area)), None)
        self.grants = [g for g in facts.grants if self.is_programme or g.site_code == self.code]
        self.claims = [c for c in facts.claims if self.is_programme or c.site_code == self.code]
        self.budgets = [b for b in facts.budgets if self.is_programme or b.site_code == self.code]

    @property
    def grants_shown(self) -> list[Grant]:
        """Of the programme's only those that somebody has to look at."""
        return [g for g in self.grants if not self.is_programme or g.state not in QUIET]

    def effect(self, outcome: str, *methods: str) -> Effect | None:
        """The estimate to go by: the best method that has been tried."""
        tried = [e for e in self.effects if e.outcome == outcome and e.method in (methods or BEST_FIRST)]
        return next((e for e in tried if e.effect_pct is not None), next(iter(tried), None))

    def of_metric(self, code: str, variant: str | None = None) -> Worth | None:
        return next((w for w in self.worth if w.metric_code == code and variant in (None, w.variant)), None)

    @property
    def net(self) -> Worth | None:
        return self.of_metric("CE02")

    @property
    def put_in_gbp(self) -> float | None:
        """What the net benefit is net of: the inputs of the evaluated months."""
        found = self.net.assumptions.get("inputs_real_gbp") if self.net else None
        return float(found) if found is not None else None

    @property
    def per_pound(self) -> tuple[float, float, float] | None:
        """What came back for each pound put in, with its limits: what was put in is known, not estimated."""
        w, put_in = self.net, self.put_in_gbp
        if w is None or not put_in or w.value is None or w.lower_95 is None or w.upper_95 is None or not w.denominator:
            return None
        back = [1 + each * w.denominator / put_in for each in (w.value, w.lower_95, w.upper_95)]
        return back[0], back[1], back[2]

    @property
    def answer(self) -> str:
        return say.answer(self.who, self.net, self.per_pound, self.facts.evaluated)

    @property
    def figures(self) -> list[Figure]:
        return [self._put_in(), self._changed(), self._net(), self._sure()]

    def _put_in(self) -> Figure:
        inputs = self.world.of(Input, self.area)
        if not inputs:
            return Figure("Put in", "not known", "No input has been returned. Sites push the feed programme_inputs.")
        whole = sum(i.charged_real_gbp for i in inputs)
        return Figure("Put in", say.pounds(whole), say.inputs_known(self.completeness))

    def _changed(self) -> Figure:
        e = self.effect(ADMISSIONS)
        if e is None:
            return Figure(
                "Admissions avoided", "not known", "Nothing has been evaluated yet. 'pch evaluate run' does it."
            )
        if e.avoided is None:
            return Figure("Admissions avoided", "not known", e.reason or "")
        shown = "cannot conclude" if e.verdict == "cannot_conclude" else say.count(e.avoided)
        beside = say.between(e.avoided_lower_95, e.avoided_upper_95, say.count)
        reason = f" {e.reason}" if e.reason else ""
        return Figure("Admissions avoided", shown, f"{beside}.{reason}" if beside else reason.strip())

    def _net(self) -> Figure:
        w = self.net
        title = "Net benefit per patient and year"
        if w is None or w.value is None:
            return Figure(title, "not known", (w.reason if w else None) or "It was not part of an evaluation yet.")
        shown = "cannot conclude" if w.verdict == "cannot_conclude" else say.pounds(w.value)
        return Figure(title, shown, f"{say.between(w.lower_95, w.upper_95, say.pounds)}. Saved less put in.")

    def _sure(self) -> Figure:
        passed = [d.is_passed for d in self.checks if d.is_passed is not None]
        checks = (
            f"{sum(passed)} of {len(passed)} checks of the estimate passed." if passed else "No check could be made."
        )
        points = self.world.of(Acceptability, self.area)
        if not points or (self.net and self.net.verdict == "cannot_conclude"):
            return Figure("How sure", "not sure enough to say", checks)
        return Figure(
            "How sure", say.of_100(points[0].probability), f"that it pays for itself in money alone. {checks}"
        )

    @property
    def checks(self) -> list[Diagnostic]:
        """Of the estimate of admissions that the page goes by, in the order of their words."""
        e = self.effect(ADMISSIONS)
        found = [
            d for d in self.world.of(Diagnostic, self.area) if e and (d.outcome, d.method) == (e.outcome, e.method)
        ]
        order = list(say.CHECKS)
        return sorted(found, key=lambda d: order.index(d.diagnostic) if d.diagnostic in order else len(order))

    @property
    def naive(self) -> Effect | None:
        return next((e for e in self.effects if (e.outcome, e.method) == (ADMISSIONS, NAIVE)), None)

    @property
    def misleads(self) -> str:
        return say.misleads(self.naive, self.effect(ADMISSIONS))

    @property
    def covered(self) -> str:
        return say.covered(self.effect(ADMISSIONS))

    @property
    def assumptions(self) -> dict[str, object]:
        """What the worth rests on, as it was stored with it."""
        return dict(self.net.assumptions) if self.net else {}

    # charts

    @property
    def inputs(self) -> Section:
        return Section(inputs_chart(self.code, self.world.of(Input, self.area)),
                       "No input has been returned. Sites push the feed programme_inputs each month.")  # fmt: skip

    @property
    def costs(self) -> Section:
        found = self.world.of(Cost, self.area)
        newest = next((c for c in reversed(found) if c.service == "total"), None)
        why = (newest.reason if newest else None) or "No month has been built yet."
        return Section(
            cost_chart(self.code, found), f"No month has a total, which needs every feed it is made of. {why}"
        )

    @property
    def course(self) -> Section:
        e = self.effect(ADMISSIONS)
        points = [
            c for c in self.world.of(CoursePoint, self.area) if e and (c.outcome, c.method) == (e.outcome, e.method)
        ]
        return Section(course_chart(self.code, points), self._unknown(e))

    @property
    def events(self) -> Section:
        found = [e for e in self.world.of(Event, self.area) if e.outcome == ADMISSIONS]
        alone = "One site by itself has too few months for it: see the page of the programme."
        return Section(
            event_chart(self.code, found), self._unknown(self.effect(ADMISSIONS)) if self.is_programme else alone
        )

    @property
    def methods(self) -> Section:
        tried = [e for e in self.effects if e.outcome == ADMISSIONS and e.effect_pct is not None]
        return Section(methods_chart(self.code, [*(e for e in tried if e.method == NAIVE), *(e for e in tried if e.method != NAIVE)]),
                       self._unknown(self.effect(ADMISSIONS)))  # fmt: skip

    @property
    def plane(self) -> Section:
        return Section(plane_chart(self.code, self.world.of(Draw, self.area)), self._worth_unknown())

    @property
    def acceptability(self) -> Section:
        return Section(acceptability_chart(self.code, self.world.of(Acceptability, self.area)), self._worth_unknown())

    @property
    def budget(self) -> Section:
        plot = budget_sites_chart(self.budgets) if self.is_programme else budget_course_chart(self.code, self.budgets)
        why = next((b.sentence for b in reversed(self.budgets) if b.surplus_gbp is None), None)
        return Section(plot, why or "No budget has been declared. 'pch budgets set' does it.")

    @property
    def plots(self) -> list[Plot]:
        sections = (
            self.inputs,
            self.costs,
            self.course,
            self.events,
            self.methods,
            self.plane,
            self.acceptability,
            self.budget,
        )
        return [s.plot for s in sections if s.plot]

    def _unknown(self, e: Effect | None) -> str:
        if e is None:
            return "Nothing has been evaluated yet. 'pch evaluate run' does it."
        return e.reason or "The evaluation kept no course of it."

    def _worth_unknown(self) -> str:
        if self.net is None:
            return "Nothing has been evaluated yet. 'pch evaluate run' does it."
        if not self.is_programme:
            return "One site by itself tells too little for it: see the page of the programme."
        return self.net.reason or "The evaluation kept none."


A = TypeVar("A", bound=OfArea)


class World:
    """The facts by kind and area."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._rows: dict[tuple[type[OfArea], Area], list[Any]] = defaultdict(list)
        for rows in vars(facts).values():
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, OfArea):
                    self._rows[type(row), row.area].append(row)

    def of(self, kind: type[A], area: Area) -> list[A]:
        return self._rows.get((kind, area), [])


def _rank(method: str) -> int:
    return BEST_FIRST.index(method) if method in BEST_FIRST else len(BEST_FIRST)


def worth_pages(facts: Facts, sites: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """The programme's (None) and that of every site, by code and name."""
    world = World(facts)
    yield None, render("worth", value=AreaValue(world, PROGRAMME, "the programme"), facts=facts, names=sites)
    for code, name in sites.items():
        yield code, render("worth", value=AreaValue(world, ("site", code), name), facts=facts, names=sites)
