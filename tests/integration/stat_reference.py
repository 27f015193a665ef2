"""What the tests of schema `stat` share: the published results, how they are compared, and hostile arguments.

Two sources of truth: `shared/reference` beside the project (results of the R packages OHID and the NHS use;
tests that need it skip where it is absent), and scipy or literal figures, which are always there.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = PROJECT.parent / "shared" / "reference"
FUNCTIONS = PROJECT / "include" / "pch" / "warehouse" / "functions"

Connection = psycopg.Connection[Any]
Figures = tuple[float | None, ...]
Three = tuple[float | None, float | None, float | None]
Limits = Three  # value, lower, upper

LEVELS = [(0.95, "95_0"), (0.998, "99_8")]
levels = pytest.mark.parametrize(("confidence", "suffix"), LEVELS)
NOTHING: Limits = (None, None, None)

# Arguments that are never a count, a size or an amount; and some at the edges of what is.
REFUSED = [None, math.nan, math.inf, -math.inf, -1.0, -1e-300, 5e-324, 1e-200, 1e16, 1e308]
NASTY = [*REFUSED, 0.0, 1e-15, 0.5, 1.0, 9.9, 10.0, 1e15]


def reference(name: str) -> list[dict[str, str]]:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"The published results are not on this machine: {path} does not exist.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    """A cell of the reference files; NaN (0/0) and infinities (1/0) there are NULL here."""
    return None if text in ("", "NaN", "Inf", "-Inf") else float(text)


def expected(rows: Iterable[dict[str, str]], suffix: str) -> list[Limits]:
    return [(number(r["value"]), number(r[f"lower{suffix}cl"]), number(r[f"upper{suffix}cl"])) for r in rows]


def assert_same(got: Sequence[Figures], wanted: Sequence[Figures], labels: Sequence[object], rel: float = 1e-9) -> None:
    """Every line within 1e-9, relative; NULL only where NULL is wanted; the first wrong line named."""
    assert len(got) == len(wanted) == len(labels) > 0
    wrong = [
        (label, g, w)
        for label, g, w in zip(labels, got, wanted, strict=True)
        if any(
            (a is None) != (b is None)
            or (a is not None and b is not None and not math.isclose(a, b, rel_tol=rel, abs_tol=1e-15))
            for a, b in zip(g, w, strict=True)
        )
    ]
    assert not wrong, f"{len(wrong)} of {len(got)} lines differ, the first: {wrong[0]}"


def one(warehouse: Connection, expression: str, arguments: Sequence[object] = ()) -> Any:
    return figures(warehouse, expression, arguments)[0]


def row(warehouse: Connection, expression: str, arguments: Sequence[object] = ()) -> Limits:
    value, lower, upper = figures(warehouse, expression, arguments)
    return value, lower, upper


def figures(warehouse: Connection, expression: str, arguments: Sequence[object] = ()) -> Any:
    """The columns of one call, however many there are."""
    result = warehouse.execute(f"select * from {expression}", list(arguments) or None).fetchone()
    assert result is not None
    return result


def ask(warehouse: Connection, function: str, *arguments: object) -> Any:
    """The row one call of `stat.<function>` gives; lists are arrays of decimals, or of whole numbers."""
    marks = ", ".join("%s" + _sql_type(a) for a in arguments)
    return figures(warehouse, f"stat.{function}({marks})", arguments)


def _sql_type(argument: object) -> str:
    if isinstance(argument, list):
        if not argument:  # the function knows
            return ""
        return "::int []" if all(isinstance(v, int) for v in argument) else "::float8 []"
    return {float: "::float8", int: "::int", str: "::text"}.get(type(argument), "")
