"""No argument makes a function of schema `stat` raise: it answers in finite figures, limits in order, or NULL."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stat_reference import NASTY, Connection, ask

# What each function takes: A an array of decimals, I one of whole numbers, S a decimal, T a text.
TAKES = {
    "student_t_quantile": "SS",
    "normal_cdf": "S",
    "dsr_squares": "AAAASS",
    "dsr_repeat": "AAAAISS",
    "indirect_parts": "AAAA",
    "indirect_ratio": "AAAASS",
    "indirect_rate": "AAAASS",
    "mean": "SSSS",
    "ratio": "AASS",
    "are_limits": "SSS",
    "difference": "SSSSSS",
    "relative_change": "SSSSSS",
    "sii": "AAATSS",
    "trend": "A",
}

hostile = st.sampled_from([*NASTY, *(-v for v in NASTY if v), 0.95, 0.998]) | st.floats()
tame = st.sampled_from([0.0, 1e-15, 0.3, 0.5, 0.95, 7.0, 100.0, 3e5, 1e15])
mixed = st.one_of(tame, tame, tame, hostile)  # mostly sound: else nearly all is refused at the door


@pytest.mark.parametrize("function", TAKES)
def test_nothing_raises(warehouse: Connection, function: str) -> None:
    names = [r[0] for r in warehouse.execute("select unnest(proargnames) from pg_proc where proname = %s", [function])]
    answered = 0

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(data=st.data())
    def answers(data: st.DataObject) -> None:
        nonlocal answered
        length = data.draw(st.integers(0, 5))
        kinds = {
            "A": st.lists(mixed, min_size=length, max_size=length) | st.none() | st.lists(mixed, max_size=5),
            "I": st.lists(st.integers(-3, 3), min_size=length, max_size=length) | st.none(),
            "S": mixed,
            "T": st.sampled_from(["none", "log", "logit", "", None]),
        }
        arguments = [data.draw(kinds[kind]) for kind in TAKES[function]]
        figures = ask(warehouse, function, *arguments)
        assert all(f is None or math.isfinite(f) for f in figures), figures
        answered += any(f is not None for f in figures)
        named = dict(zip(names[len(arguments) :], figures, strict=True)) if len(figures) > 1 else {}
        for value, lower, upper in (("value", "lower", "upper"), ("sii", "sii_lower", "sii_upper")):
            if named.get(lower) is not None and named.get(upper) is not None:
                assert named[lower] <= named[upper], named
                assert named[lower] <= named[value] + 1e-9 * abs(named[value]) or function == "sii", named

    answers()
    assert answered > 20, "hardly anything was answered: the arguments are too hostile to test much"
