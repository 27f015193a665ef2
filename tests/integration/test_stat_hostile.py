"""No argument makes a function of schema `stat` raise: it answers in finite figures, limits in order, or NULL."""

import math
from random import Random

import pytest
from stat_reference import NASTY, Connection, ask

# What each function takes: A an array of decimals, I one of whole numbers, S a decimal, T a text; and how many
# of the 1,500 calls it answers at least.
FUNCTIONS = {
    "student_t_quantile": ("SS", 100),
    "normal_cdf": ("S", 1000),
    "dsr_squares": ("AAAASS", 50),
    "dsr_repeat": ("AAAAISS", 20),
    "indirect_parts": ("AAAA", 500),
    "indirect_ratio": ("AAAASS", 200),
    "indirect_rate": ("AAAASS", 200),
    "mean": ("SSSS", 100),
    "ratio": ("AASS", 200),
    "are_limits": ("SSS", 1400),
    "difference": ("SSSSSS", 1000),
    "relative_change": ("SSSSSS", 700),
    "sii": ("AAATSS", 50),
    "trend": ("A", 700),
}
TAME = [0.3, 0.5, 0.9, 0.95, 1.0, 7.0, 100.0, 3e5]
EDGES = [0.0, 1e-15, 1e15, -1e-15, -1e15, 1e-9]


def decimal(random: Random) -> float | None:
    kind = random.random()
    return random.choice(TAME if kind < 0.8 else EDGES if kind < 0.96 else NASTY)


def argument(kind: str, random: Random, length: int) -> object:
    if kind == "S":
        return decimal(random)
    if kind == "T":
        return random.choice(["none", "log", "logit", "none", "log", "logit", "square", None])
    if random.random() < 0.02:
        return None
    if random.random() < 0.02:
        length += 1
    return [random.randint(-1, 2) if kind == "I" else decimal(random) for _ in range(length)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_raises(warehouse: Connection, function: str) -> None:
    kinds, at_least = FUNCTIONS[function]
    names = warehouse.execute("select proargnames from pg_proc where proname = %s", [function]).fetchone()
    assert names is not None
    random = Random(function)
    answered = 0
    for _ in range(1500):
        length = random.choice([0, 1, 2, 2, 3, 3, 4])
        arguments = [argument(kind, random, length) for kind in kinds]
        figures = ask(warehouse, function, *arguments)
        assert all(f is None or math.isfinite(f) for f in figures), (arguments, figures)
        answered += any(f is not None for f in figures)
        if len(figures) > 1:
            named = dict(zip(names[0][len(kinds) :], figures, strict=True))
            value, lower, upper = (named.get(c) for c in ("value", "lower", "upper"))
            slack = 1e-9 * abs(value or 0)
            assert lower is None or value is None or lower <= value + slack, (arguments, named)
            assert upper is None or value is None or upper >= value - slack, (arguments, named)
    assert answered >= at_least
