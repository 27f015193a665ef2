"""What the pages say of cost-effectiveness: the outcomes a metric is made of, the thresholds of an evaluation.

registry (worth metrics, evaluation) + words -> WorthFacts -> metric.<CODE>.html, evaluation.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pch import registry
from pch.registry.evaluation import Evaluation, Outcome
from pch.registry.worth_metric import WorthMetric
from pch.reports.dictionary.words import words


@dataclass(frozen=True)
class WorthFacts:
    """``outcomes``: by code, those that any of its variants is made of."""

    metric: WorthMetric
    outcomes: Mapping[str, Outcome]
    is_overdue: bool

    @property
    def units(self) -> list[str]:
        """In words, each once."""
        return list(dict.fromkeys(words().worth_units[v.unit] for v in self.metric.variants.values()))

    @property
    def searched(self) -> str:
        """Every word by which the index finds it."""
        m = self.metric
        titles = [v.title for v in m.variants.values()] + [o.title for o in self.outcomes.values()]
        texts = (m.code, m.name, m.aim, m.why, m.formula, *self.outcomes, *titles)
        return " ".join(texts).lower().replace("_", " ")


def facts(metric: WorthMetric, how: Evaluation, today: date) -> WorthFacts:
    made_of = {code for variant in metric.variants.values() for code in variant.outcomes}
    outcomes = {code: outcome for code, outcome in how.outcomes.items() if code in made_of}
    return WorthFacts(metric, outcomes, bool(registry.overdue([metric], today)))


def thresholds(how: Evaluation) -> dict[str, str]:
    """A sentence with its figure for every threshold."""
    return {name: said.format(getattr(how, name)) for name, said in words().thresholds.items()}
