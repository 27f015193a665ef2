"""What the bench says of what it measured."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pch.bench.figures import Figure, print_figures, ratio_of, shown, write_json
from pch.bench.loading import Floor, Load
from pch.bench.sections import Side, history, loading


def test_a_target_is_met_up_to_its_value_and_not_beyond() -> None:
    assert Figure("s", "n", 6.0, "x", 6).is_met is True
    assert Figure("s", "n", 6.01, "x", 6).is_met is False
    assert Figure("s", "n", 6.01, "x").is_met is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(341407, "", "341,407"), (5.5678, "x", "5.57x"), (0.0567, "s", "0.0567 s"), (1536.4, "MB", "1,536 MB")],
)
def test_values_are_shown_in_as_many_digits_as_mean_something(value: float, unit: str, text: str) -> None:
    assert shown(Figure("s", "n", value, unit)) == text


def test_ratios_are_taken_within_pairs_before_the_median() -> None:
    assert ratio_of([(10, 1), (10, 2), (9, 3)]) == 5


def test_loading_compares_each_month_with_its_own_floor() -> None:
    quiet = Load(1000, decode=1.0, stage=0.5, check=0.7, publish=0.5, review=0.3, wall=3.2)
    noisy = Load(1000, decode=2.0, stage=1.0, check=1.4, publish=1.0, review=0.6, wall=6.4)
    side = Side([quiet, noisy, quiet], [Floor(990, 0.6, 0.5), Floor(990, 1.2, 1.0), Floor(990, 0.6, 0.5)])
    figures = {f.name: f for f in loading("load", side, 6)}
    assert figures["decode to review"].value == 3.0
    assert figures["decode to review / COPY"].value == pytest.approx(5.0)
    assert figures["decode to review / COPY"].is_met is True
    assert figures["decode to review / COPY, unlogged"].value == pytest.approx(6.0)
    share = figures["check and review / decode to review"]
    assert share.value == pytest.approx(1 / 3) and share.at_most == pytest.approx(1 / 3)


def test_history_compares_the_medians() -> None:
    figures = history({3: [10, 30, 10], 12: [13, 12, 13]})
    assert figures[-1].value == pytest.approx(1.3)
    assert figures[-1].is_met is False


def test_table_and_json_hold_every_figure(tmp_path: Path) -> None:
    figures = [Figure("first", "speed", 7.0, "x", 6, "a note"), Figure("second", "rows", 1234, "")]
    out = StringIO()
    print_figures(Console(file=out, width=150), figures)
    text = out.getvalue()
    assert all(part in text for part in ("first", "speed", "7x", "at most 6x", "not met", "a note", "1,234"))
    write_json(tmp_path / "figures.json", figures, {"sites": 1})
    written = json.loads((tmp_path / "figures.json").read_text())
    assert written["about"] == {"sites": 1}
    assert [(f["name"], f["value"], f["is_met"]) for f in written["figures"]] == [
        ("speed", 7.0, False),
        ("rows", 1234, None),
    ]
