"""The charts of one area, each with the reason why there is none.

AreaValue -> Charts (a section a chart)
"""

from dataclasses import dataclass

from pch.reports.pages.charts_effect import course_chart, event_chart, methods_chart
from pch.reports.pages.charts_plot import Plot
from pch.reports.pages.charts_value import acceptability_chart, plane_chart
from pch.reports.pages.charts_worth import budget_course_chart, budget_sites_chart, cost_chart, inputs_chart
from pch.reports.pages.worth_area import ADMISSIONS, NAIVE, OWN_COURSE, AreaValue
from pch.reports.pages.worth_facts import Acceptability, Cost, CoursePoint, Draw, Event, Input
from pch.reports.pages.worth_words import NOT_EVALUATED


@dataclass(frozen=True)
class Section:
    """A chart, or why there is none."""

    plot: Plot | None
    reason: str


class Charts:
    def __init__(self, value: AreaValue) -> None:
        self.value, self.code, self.is_programme = value, value.code, value.is_programme
        self.estimate = value.estimate
        self.inputs = Section(
            inputs_chart(self.code, value.of(Input)),
            "No input has been returned. Sites push the feed programme_inputs each month.",
        )
        self.costs = self._costs()
        self.course = self._course()
        events = [e for e in value.of(Event) if e.outcome == ADMISSIONS]
        self.events = Section(event_chart(self.code, events), self._unknown_of_one("has too few months for it"))
        self.methods = self._methods()
        self.plane = Section(plane_chart(self.code, value.of(Draw)), self._worth_unknown())
        self.acceptability = Section(acceptability_chart(self.code, value.of(Acceptability)), self._worth_unknown())
        self.budget = self._budget()

    @property
    def plots(self) -> list[Plot]:
        sections = (self.inputs, self.costs, self.course, self.events, self.methods, self.plane, self.acceptability,
                    self.budget)  # fmt: skip
        return [s.plot for s in sections if s.plot]

    def _costs(self) -> Section:
        found = self.value.of(Cost)
        newest = next((c for c in reversed(found) if c.service == "total"), None)
        why = (newest.reason if newest else None) or "no month has been built yet"
        return Section(
            cost_chart(self.code, found), f"No month has a total, which needs every feed: {why.rstrip('.')}."
        )

    def _course(self) -> Section:
        """A site whose twin has no course, as its own course continued has it."""
        own = [p for p in self.value.of(CoursePoint) if (p.outcome, p.method) == (ADMISSIONS, OWN_COURSE)]
        since = self.estimate.first_period if self.estimate and not self.is_programme else None
        return Section(course_chart(self.code, self.value.of_estimate(CoursePoint) or own, since), self._unknown())

    def _methods(self) -> Section:
        """The naive one first."""
        tried = [e for e in self.value.effects if e.outcome == ADMISSIONS and e.effect_pct is not None]
        return Section(methods_chart(self.code, sorted(tried, key=lambda e: e.method != NAIVE)), self._unknown())

    def _budget(self) -> Section:
        budgets = self.value.budgets
        plot = budget_sites_chart(budgets) if self.is_programme else budget_course_chart(self.code, budgets)
        why = next((b.sentence for b in reversed(budgets) if b.state != "not_applicable"), None)
        return Section(plot, why or "No budget has been declared. 'pch budgets set' does it.")

    def _unknown(self) -> str:
        if self.estimate is None:
            return NOT_EVALUATED
        return self.estimate.reason or "The evaluation kept no course of it."

    def _unknown_of_one(self, why: str) -> str:
        return self._unknown() if self.is_programme else f"One site by itself {why}: see the page of the programme."

    def _worth_unknown(self) -> str:
        if self.value.net is None:
            return NOT_EVALUATED
        return self.value.net.reason or self._unknown_of_one("tells too little for it")
