"""What a metric's page says beyond its definition: its versions and what changed between them, what it is made of.

registry (definitions, measures) + Lineage -> MetricFacts -> metric.<CODE>.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pch import registry
from pch.registry.measure import measures
from pch.registry.metric import Metric
from pch.reports.dictionary.words import words
from pch.reports.lineage import TERMS, Lineage, Made

_OF_THE_SWITCH = {"version", "effective_from", "signed_by", "signed_on"}
"""What differs between any two versions and says nothing of what they count."""

_OF_THE_WHOLE = {"variants"}
"""What a variant has none of."""


@dataclass(frozen=True)
class Term:
    """What a measure is in a metric (``role``), in words, and the columns it is made of."""

    role: str
    measure: str
    description: str
    made: Made


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """``last``: the first period that the next version is in force for; None: open. ``changes``: since the one
    before."""

    definition: Metric
    last: date | None
    changes: list[Change]


@dataclass(frozen=True)
class VariantFacts:
    """``changes``: what it has in place of the metric's; ``terms``: those of its measures that are others."""

    name: str
    changes: list[Change]
    terms: list[Term]


@dataclass(frozen=True)
class MetricFacts:
    """``metric`` is the newest version; ``versions``: newest first."""

    metric: Metric
    terms: list[Term]
    variants: list[VariantFacts]
    versions: list[Version]
    is_overdue: bool

    @property
    def feeds(self) -> list[str]:
        return self.metric.feeds_of(registry.feeds())

    @property
    def all_terms(self) -> list[Term]:
        return [*self.terms, *(term for variant in self.variants for term in variant.terms)]

    @property
    def searched(self) -> str:
        """Every word by which the index finds it."""
        of_terms = [
            each for t in self.all_terms for each in (t.measure, t.description, *(c.column for c in t.made.columns))
        ]
        m = self.metric
        texts = (m.code, m.name, m.aim, m.why, m.cohort, m.method, *self.feeds, *of_terms)
        return " ".join(texts).lower().replace("_", " ")


def facts(versions: Sequence[Metric], lineage: Lineage, today: date) -> MetricFacts:
    """Of all versions of one metric, oldest first."""
    newest = versions[-1]
    terms = _terms(newest, lineage)
    variants = [_variant(name, newest, made, lineage) for name, made in newest.in_variants().items() if name]
    return MetricFacts(newest, terms, variants, _history(versions), bool(registry.overdue([newest], today)))


def _terms(metric: Metric, lineage: Lineage) -> list[Term]:
    return [
        Term(words().terms[term], made.measure, measures()[made.measure], made)
        for term, made in lineage.of_metric(metric).items()
    ]


def _variant(name: str, metric: Metric, made: Metric, lineage: Lineage) -> VariantFacts:
    own = {getattr(metric, term) for term in TERMS}
    others = [term for term in _terms(made, lineage) if term.measure not in own]
    return VariantFacts(name, _changes(metric, made, _OF_THE_WHOLE), others)


def _history(versions: Sequence[Metric]) -> list[Version]:
    changes = [[], *(_changes(older, newer, _OF_THE_SWITCH) for older, newer in pairwise(versions))]
    ends = [*(newer.effective_from for newer in versions[1:]), None]
    return [Version(*each) for each in zip(versions, ends, changes, strict=True)][::-1]


def _changes(older: Metric, newer: Metric, but: set[str]) -> list[Change]:
    before, after = older.model_dump(), newer.model_dump()
    return [
        Change(field.replace("_", " "), _said(before[field]), _said(after[field]))
        for field in before
        if field not in but and before[field] != after[field]
    ]


def _said(value: object) -> str:
    if value is None:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
