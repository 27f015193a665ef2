"""The project's words, and how methods, windows, units, states and thresholds are said (``words.yml``)."""

from functools import cache
from pathlib import Path

from pch.registry.feed import Identifier
from pch.registry.metric import Method, MetricUnit, Polarity, Window
from pch.registry.strict import Declared, read
from pch.registry.worth_metric import WorthUnit


class MethodWords(Declared):
    """``functions``: those of schema ``stat`` that compute it."""

    name: str
    formula: str
    interval: str
    functions: list[Identifier]


class Words(Declared):
    """``thresholds``: of an evaluation, each a sentence with a place for its figure."""

    words: dict[str, str]
    states: dict[Identifier, str]
    methods: dict[Method, MethodWords]
    windows: dict[Window, str]
    units: dict[MetricUnit, str]
    worth_units: dict[WorthUnit, str]
    thresholds: dict[Identifier, str]
    polarities: dict[Polarity, str]
    terms: dict[Identifier, str]


@cache
def words() -> Words:
    return read(Path(__file__).with_name("words.yml"), Words)
