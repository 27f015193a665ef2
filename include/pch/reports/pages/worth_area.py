"""What is known of the cost and value of one area, the programme or a site: the answer, four figures, checks, claims.

worth facts -> World (by kind and area) -> AreaValue (an area's; its charts are in ``worth_charts``)
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from pch.reports.pages import worth_words as say
from pch.reports.pages.worth_facts import (
    PROGRAMME,
    Acceptability,
    Area,
    Completeness,
    CoursePoint,
    Diagnostic,
    Effect,
    Facts,
    Grant,
    Input,
    OfArea,
    Worth,
)

ADMISSIONS = "emergency_admissions"
NAIVE, OWN_COURSE = "before_after", "interrupted_series"
COUNTS = "staggered"  # as for the figures of worth (pch.evaluation.basis)
INPUTS = "inputs_real_gbp"
"""Among the assumptions of the net benefit: what it is net of."""
QUIET = ("within", "no_award")
"""States of a grant of which the programme's page says only how many there are."""

A = TypeVar("A", bound=OfArea)
F = TypeVar("F", CoursePoint, Diagnostic)


@dataclass(frozen=True)
class Figure:
    """One of the four at the top: ``shown`` large, ``beside`` small."""

    title: str
    shown: str
    beside: str


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


class AreaValue:
    """All that is known of what one area cost and was worth. ``estimate``: the one of admissions that its page goes by;
    ``net``: its net benefit."""

    def __init__(self, world: World, area: Area, name: str) -> None:
        facts = world.facts
        self.world, self.facts, self.area, self.name = world, facts, area, name
        self.area_type, self.code = area
        self.is_programme = area == PROGRAMME
        self.who = "the programme" if self.is_programme else f"the programme at {name}"
        self.effects, self.worth = self.of(Effect), self.of(Worth)
        self.estimate = self._estimate()
        self.net = next((w for w in self.worth if w.metric_code == "CE02"), None)
        self.completeness = next(iter(self.of(Completeness)), None)
        self.grants = [g for g in facts.grants if self.is_programme or g.site_code == self.code]
        self.claims = [c for c in facts.claims if self.is_programme or c.area == area]
        self.budgets = [b for b in facts.budgets if self.is_programme or b.site_code == self.code]

    def of(self, kind: type[A]) -> list[A]:
        return self.world.of(kind, self.area)

    def of_estimate(self, kind: type[F]) -> list[F]:
        """What is known of the estimate the page goes by."""
        e = self.estimate
        return [x for x in self.of(kind) if e and (x.outcome, x.method) == (e.outcome, e.method)]

    def _estimate(self) -> Effect | None:
        return next((e for e in self.effects if (e.outcome, e.method) == (ADMISSIONS, COUNTS)), None)

    @property
    def grants_shown(self) -> list[Grant]:
        """Of the programme's only those that somebody has to look at."""
        return [g for g in self.grants if not self.is_programme or g.state not in QUIET]

    @property
    def quiet_grants_count(self) -> int:
        return len(self.grants) - len(self.grants_shown)

    @property
    def per_pound(self) -> tuple[float, float, float] | None:
        """What came back for each pound put in, with its limits: what was put in is known, not estimated."""
        w = self.net
        if w is None or w.value is None or w.lower_95 is None or w.upper_95 is None or not w.denominator:
            return None
        put_in = float(w.assumptions.get(INPUTS) or 0)
        if put_in <= 0:
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
        inputs = self.of(Input)
        if not inputs:
            return Figure("Put in", "not known", "No input has been returned. Sites push the feed programme_inputs.")
        whole = sum(i.charged_real_gbp for i in inputs)
        return Figure("Put in", say.pounds(whole), say.inputs_known(self.completeness))

    def _changed(self) -> Figure:
        title, e = "Admissions avoided", self.estimate
        if e is None or e.avoided is None:
            return Figure(title, "not known", (e and e.reason) or say.NOT_EVALUATED)
        beside = say.between(e.avoided_lower_95, e.avoided_upper_95, say.count)
        if e.verdict == "cannot_conclude":
            return Figure(title, "cannot conclude", f"{e.reason or ''} {say.count(e.avoided)}, {beside}.".strip())
        if e.verdict == "no_effect_shown":
            return Figure(title, "no effect shown", f"{say.count(e.avoided)}, {beside}.")
        return Figure(title, say.count(e.avoided), f"{beside}: {say.EFFECTS[e.verdict]}.")

    def _net(self) -> Figure:
        title, w = "Net benefit per patient and year", self.net
        if w is None or w.value is None:
            return Figure(title, "not known", (w and w.reason) or say.NOT_EVALUATED)
        beside = f"Saved less put in. {say.between(w.lower_95, w.upper_95, say.pounds)}."
        if w.verdict == "cannot_conclude":
            return Figure(title, "cannot conclude", f"{w.reason or ''} {beside}".strip())
        return Figure(title, say.pounds(w.value), beside)

    def _sure(self) -> Figure:
        passed = [d.is_passed for d in self.checks if d.is_passed is not None]
        unmade = len(self.checks) - len(passed)
        said = f"{sum(passed)} of {len(passed)} checks of the estimate passed" if passed else "No check was made"
        said += f"; {unmade:,} could not be made." if passed and unmade else "."
        points = self.of(Acceptability)
        if not points or self.net is None or self.net.verdict == "cannot_conclude":
            return Figure("How sure", "not sure enough", said)
        sure = say.of_100(points[0].probability)
        return Figure("How sure", sure, f"that it pays for itself in money alone. {said}")

    @property
    def checks(self) -> list[Diagnostic]:
        """Of the estimate, in the order of their words."""
        order = {name: n for n, name in enumerate(say.CHECKS)}
        return sorted(self.of_estimate(Diagnostic), key=lambda d: order.get(d.diagnostic, len(order)))

    @property
    def changed(self) -> str:
        return say.changed(self.estimate)

    @property
    def misleads(self) -> str:
        naive = next((e for e in self.effects if (e.outcome, e.method) == (ADMISSIONS, NAIVE)), None)
        return say.misleads(naive, self.estimate)

    @property
    def assumptions(self) -> list[tuple[str, str]]:
        """What the net benefit rests on, as it was stored with it."""
        return say.assumptions(self.net.assumptions) if self.net else []
