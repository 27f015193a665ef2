"""Does the warehouse find what the simulator planted, and how sure is it allowed to be?

forty sites over two years, in most of them a seventh of the emergency admissions avoided once they went live -> the
real pipeline -> mart.fct_progress, beside the truth

An interval of 95% must hold the truth in about 95 of 100 sites, with an effect and without one: fewer would be too
sure, and verdicts would come out of thin air. What counts as too few is a one in a thousand chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from desk import FIGURES, Desk
from input_cases import fresh_desk
from scipy import stats

from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.pipeline.build import build
from pch.settings import Settings
from pch.simulate import Effects, Programme
from pch.simulate.effects import EffectTruth
from pch.warehouse.calendar import closes
from pch.warehouse.db import connect
from pch.warehouse.register import import_sites, read_register

pytestmark = pytest.mark.long

SITES, MONTHS, END, REDUCTION = 40, 24, date(2026, 9, 1), 0.15
RARELY = 0.001


@dataclass(frozen=True)
class Site:
    """``truth``: how the rate of the last twelve months should compare with that of the first twelve, as a ratio;
    ``ratio`` and its limits: what the warehouse says."""

    truth: float
    ratio: float
    lower: float
    upper: float
    verdict: str

    @property
    def is_held(self) -> bool:
        return self.lower <= self.truth <= self.upper


@pytest.fixture(scope="module")
def sites(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    programme = Programme.create(
        sites=SITES, months=MONTHS, end=END, seed=11, feeds=("registered_list", "hospital_activity"),
        effects=Effects(REDUCTION, from_month=1, share=0.9),
    )  # fmt: skip
    with fresh_desk(server, tmp_path_factory.mktemp("planted")) as desk:
        _push(desk, programme, tmp_path_factory.mktemp("register") / "sites.csv")
        desk.collect()
        build(desk.settings, models=(*FIGURES, "+fct_progress"))
        yield _sites(desk, programme)


def _push(desk: Desk, programme: Programme, register: Path) -> None:
    programme.write_sites_csv(register)
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, read_register(register), date.today())
    landing = Landing(desk.settings.landing)
    with connect(desk.settings, "intake", autocommit=True) as conn:
        for period in programme.periods:
            in_time = closes(period).primary
            for file in programme.files(period):
                receive(
                    conn, landing, Return(file.site_code, file.feed, period), file.file_name, file.content,
                    Sender("test", file.site_code), received_at=in_time,
                )  # fmt: skip


def _sites(desk: Desk, programme: Programme) -> list[Site]:
    said = {
        row[0]: row[1:]
        for row in desk.rows(
            """select p.site_code, 1 + r.value, 1 + r.lower, 1 + r.upper, p.verdict
               from mart.fct_progress as p
               cross join lateral stat.relative_change(
                 p.baseline_value, p.baseline_lower_95, p.baseline_upper_95, p.value, p.lower_95, p.upper_95) as r
               where p.metric_code = 'PH01' and p.period = %s""",
            END,
        )
    }
    first, last = programme.periods[:12], programme.periods[-12:]
    return [
        Site(_left(t, last) / _left(t, first), *said[t.site_code])
        for t in programme.effects_truth()
        if t.site_code in said and said[t.site_code][0] is not None
    ]


def _left(truth: EffectTruth, months: list[date]) -> float:
    """The share of the admissions that still happens over the months, taken as equally heavy."""
    return sum(1 - (truth.effect if truth.from_period and truth.from_period <= m else 0) for m in months) / len(months)


def test_an_interval_holds_the_truth_as_often_as_it_says(sites: list[Site]) -> None:
    assert len(sites) >= 0.8 * SITES
    for these in ([s for s in sites if s.truth < 1], [s for s in sites if s.truth == 1]):
        assert len(these) >= 10
        held = sum(s.is_held for s in these)
        assert stats.binom.cdf(held, len(these), 0.95) > RARELY, f"{held} of {len(these)} intervals hold the truth"


def test_an_effect_is_found_and_no_effect_is_not(sites: list[Site]) -> None:
    """A fall by a tenth or more is well above what a site of this size can show with 80% power (6%)."""
    whole = [s for s in sites if s.truth <= 0.9]
    none = [s for s in sites if s.truth == 1]
    assert len(whole) >= 3
    assert all(s.verdict == "improved" for s in whole)
    alarms = sum(s.verdict != "no_detectable_change" for s in none)
    assert stats.binom.sf(alarms - 1, len(none), 0.05) > RARELY, f"{alarms} of {len(none)} sites without an effect"


def test_on_the_whole_the_effect_has_the_size_that_was_planted(sites: list[Site]) -> None:
    """The mean of the sites, each with its chance: within three standard errors of the mean of the truth."""
    errors = [(s.upper - s.lower) / (2 * 1.96) for s in sites]
    bias = sum(s.ratio - s.truth for s in sites) / len(sites)
    assert abs(bias) < 3 * (sum(e * e for e in errors) ** 0.5) / len(sites)
