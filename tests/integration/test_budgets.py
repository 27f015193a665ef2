"""Capitated budgets: who bears what and what chance does, by hand and by simulation; declared, listed and withdrawn."""

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from scipy.stats import norm
from stat_reference import REFUSED, Connection, row
from terminal import Terminal

from pch.errors import Refused
from pch.settings import Settings
from pch.warehouse.calendar import ensure_periods
from pch.warehouse.db import connect
from pch.warehouse.programme.budgets import Budget, set_budgets

SHARE = "stat.budget_share({}, {}, {}, 50, 30, 5, 3)"
"""Of surplus, budget and corridor: half of a gain, at most 5%; three tenths of a loss, at most 3%."""


@pytest.mark.parametrize(
    ("surplus", "corridor", "excess", "site"),
    [
        pytest.param(8, 1, 0, 0, id="surplus within the corridor"),
        pytest.param(-8, 1, 0, 0, id="deficit within the corridor"),
        pytest.param(10, 1, 0, 0, id="on its edge"),
        pytest.param(50, 1, 40, 20, id="a gain is halved"),
        pytest.param(-50, 1, -40, -12, id="of a loss three tenths"),
        pytest.param(200, 1, 190, 50, id="95 is capped"),
        pytest.param(-200, 1, -190, -30, id="57 is more than the collar"),
        pytest.param(110, 1, 100, 50, id="just the cap"),
        pytest.param(-110, 1, -100, -30, id="just the collar"),
        pytest.param(4, 0, 4, 2, id="no corridor"),
        pytest.param(0, 0, 0, 0, id="on budget"),
    ],
)
def test_who_bears_what_of_a_budget_of_a_thousand(
    warehouse: Connection, surplus: float, corridor: float, excess: float, site: float
) -> None:
    assert row(warehouse, SHARE.format(surplus, 1000, corridor)) == (excess, site, surplus - site)


@pytest.mark.parametrize("shares", ["-1, 50, 30, 5, 3", "1, 101, 30, 5, 3", "1, 50, null, 5, 3", "1, 50, 30, 5, 'NaN'"])
def test_a_rule_that_is_none_shares_nothing(warehouse: Connection, shares: str) -> None:
    assert row(warehouse, f"stat.budget_share(50, 1000, {shares})") == (None, None, None)
    for budget in ("0", "-5", "null", "'Infinity'"):
        assert row(warehouse, f"stat.budget_share(50, {budget}, 1, 50, 30, 5, 3)") == (None, None, None)


def dispersion(warehouse: Connection, counts: list[float | None], exposure: list[float | None]) -> float | None:
    given = [[None if x is None else float(x) for x in of] for of in (counts, exposure)]
    found = warehouse.execute("select stat.dispersion(%s::float8[], %s::float8[])", given).fetchone()
    assert found
    return found[0]


def test_dispersion_of_months(warehouse: Connection) -> None:
    """10, 20 and 30 about 20: (100 + 0 + 100) / 20 / 2 = 5. What is as expected, or nearer than chance, is 1."""
    assert dispersion(warehouse, [10, 20, 30], [1, 1, 1]) == 5
    assert dispersion(warehouse, [10, 20, 30], [1, 2, 3]) == 1
    assert dispersion(warehouse, [20, 21, 19], [1, 1, 1]) == 1
    for counts, exposure in (
        ([10], [1]),
        ([0, 0], [1, 1]),
        ([10, 20], [1]),
        ([10, None], [1, 1]),
        ([], []),
        ([1, 2], [0, 1]),
    ):
        assert dispersion(warehouse, counts, exposure) is None, (counts, exposure)
    for refused in REFUSED:
        assert dispersion(warehouse, [10, 20], [1, refused]) is None


def chance(
    warehouse: Connection, surplus: float, budget: float, price: object, events: object, phi: object, other: float
) -> tuple[float | None, ...]:
    query = "select * from stat.budget_chance(%s, %s, %s::float8[], %s::float8[], %s::float8[], %s)"
    found = warehouse.execute(query, (surplus, budget, price, events, phi, other)).fetchone()
    assert found
    return found


def test_chance_by_hand(warehouse: Connection) -> None:
    """100^2 x 25 + 10^2 x 400 x 2.5 + 100 = 350,100."""
    sd = math.sqrt(350_100)
    detectable = 100 * (norm.ppf(0.975) + norm.ppf(0.8)) * sd / 50_000
    for surplus in (1000, -1000):
        found = chance(warehouse, surplus, 50_000, [100, 10], [25, 400], [1.0, 2.5], 100)
        assert found == pytest.approx((sd, norm.cdf(-1000 / sd), detectable), rel=1e-9)
    assert chance(warehouse, 0, 50_000, [100, 10], [25, 400], [1.0, 2.5], 100)[1] == pytest.approx(0.5)
    assert chance(warehouse, 10, 50_000, [], [], [], 0) == (0, 0, 0)
    assert chance(warehouse, 0, 50_000, [], [], [], 0) == (0, 0.5, 0)
    for wrong in (
        ([100], [25, 400], [1, 1]),
        ([100], [25], [0.5]),
        ([100], [None], [1]),
        ([-1], [25], [1]),
        (None, [], []),
    ):
        assert chance(warehouse, 10, 50_000, *wrong, 0) == (None, None, None), wrong
    assert chance(warehouse, 10, 0, [100], [25], [1], 0) == (None, None, None)
    assert chance(warehouse, 10, 50_000, [100], [25], [1], -1) == (None, None, None)


def test_chance_as_simulated(warehouse: Connection) -> None:
    """A year of a site of 43,000 patients whose true cost is its budget: counts over-dispersed (negative binomial, their
    variance phi times the mean), each at its price, and money that varies. Ten thousand years of it."""
    draws, random = 10_000, np.random.default_rng(20261122)
    price = np.array([2595.43, 323.48, 1031.11, 42.0])
    mean = np.array([4300.0, 15_000, 5200, 120_000])
    phi = np.array([1.8, 3.0, 1.0001, 40.0])
    money_mean, money_sd = 6.5e6, 90_000.0
    counts = random.negative_binomial(mean / (phi - 1), 1 / phi, (draws, len(mean)))
    years = counts @ price + random.normal(money_mean, money_sd, draws)
    budget = float(mean @ price + money_mean)
    for share in (-0.02, -0.01, -0.003, 0.003, 0.01, 0.021):
        surplus = share * budget
        sd, probability, _ = chance(warehouse, surplus, budget, list(price), list(mean), list(phi), money_sd**2)
        assert probability is not None
        simulated = np.mean(years <= budget - surplus) if surplus > 0 else np.mean(years >= budget - surplus)
        error = math.sqrt(probability * (1 - probability) / draws)
        assert simulated == pytest.approx(probability, abs=3.5 * error + 0.001), share
        assert np.std(years) == pytest.approx(sd, rel=0.03)


def test_detectable_is_what_shows_in_four_of_five(warehouse: Connection) -> None:
    budget, price, mean = 1e7, 2500.0, 4000.0
    sd, _, detectable = chance(warehouse, 0, budget, [price], [mean], [1.0], 0)
    assert sd is not None
    assert detectable is not None
    years = np.random.default_rng(7).poisson(mean, 100_000) * price - price * mean  # about the budget
    shifted = years + budget * detectable / 100
    assert np.mean(np.abs(shifted) > norm.ppf(0.975) * sd) == pytest.approx(0.8, abs=0.01)


WHY = "Agreed with the commissioner."
GOOD = Budget(None, date(2026, 4, 1), 92.5, 50, 30, 1, 5, 3, WHY)


@pytest.fixture
def pch(settings: Settings, desk: Desk) -> Terminal:
    """Two sites, and January to September."""
    desk.register({"AAA01": ["A10001"], "BBB01": ["B10001"]})
    ensure_periods(desk.owner, date(2026, 1, 1), date(2026, 9, 1))
    return Terminal(settings)


RULE = (
    "--gbp", 92.5, "--gain-share", 50, "--loss-share", 30, "--corridor", 1, "--cap", 5, "--collar", 3, "--because", WHY,
    "--by", "Ann",
)  # fmt: skip


def test_budgets_are_set_listed_and_withdrawn(pch: Terminal, tmp_path: Path) -> None:
    assert pch.says("budgets", "list") == "No budget is in force."
    said = pch.says("budgets", "set", "--from", "2026-04", *RULE)
    assert said == (
        "The budget of every site without one of its own is £92.50 a patient and month from 2026-04. 6 month(s) wait to "
        "be built for it."
    )
    assert "in force already, word for word" in pch.says("budgets", "set", "--from", "2026-04", *RULE)
    said = pch.says("budgets", "set", "aaa01", "--from", "2026-07", *RULE, "--cap", 0)
    assert "The budget of AAA01 is £92.50 a patient and month from 2026-07. 3 month(s) wait" in said
    assert "Look again: A cap or collar of 0 leaves nothing of the share." in said

    file = tmp_path / "budgets.csv"
    header = "site_code,from_period,gbp_per_weighted_person_month,gain_share_pct,loss_share_pct,corridor_pct,cap_pct,collar_pct,because"
    file.write_text(f"{header}\nBBB01,2026-04,90,50,30,1,5,3,{WHY}\n,2026-08,95.25,40,20,2,5,3,{WHY}\n")
    assert "2 budget(s) set. 6 month(s) wait" in pch.says("budgets", "import", file, "--by", "Ann")

    found = pch.json("budgets", "list")
    assert [
        (b["site_code"], b["from_period"], b["effective_to"], b["gbp_per_weighted_person_month"]) for b in found
    ] == [
        (None, "2026-04-01", "2026-08-01", 92.5),
        (None, "2026-08-01", None, 95.25),
        ("AAA01", "2026-07-01", None, 92.5),
        ("BBB01", "2026-04-01", None, 90),
    ]
    listed = pch.says("budgets", "list", "--site", "aaa01")
    assert "every other 2026-04 2026-07 92.50 50 30 1 5 3 Agreed with the commissioner. Ann, 20" in listed
    assert "AAA01 2026-07" in listed
    assert "BBB01" not in listed

    withdraw = ("budgets", "withdraw", "AAA01", "--from", "2026-07", "--because", "The board took it back.")
    assert "The budget of AAA01 from 2026-07 is withdrawn. 3 month(s) wait" in pch.says(*withdraw)
    assert "nothing to withdraw" in pch.says(*withdraw, code=1)
    assert [b["site_code"] for b in pch.json("budgets", "list")] == [None, None, "BBB01"]


def test_a_file_with_a_wrong_line_sets_nothing(pch: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "budgets.csv"
    header = "site_code,from_period,gbp_per_weighted_person_month,gain_share_pct,loss_share_pct,corridor_pct,cap_pct,collar_pct,because"
    file.write_text(
        f"{header}\n,2026-04,90,50,30,1,5,3,{WHY}\nZZZ01,2026-13,,50,130,1,5,3,{WHY}\nZZZ01,2026-04,90,50,130,1,5,3,so\n"
    )
    said = pch.says("budgets", "import", file, code=1)
    assert "line 3: from_period '2026-13' is not a month like 2026-04" in said
    assert "line 3: gbp_per_weighted_person_month is empty" in said
    assert "line 4: There is no site 'ZZZ01' in the register." in said
    assert "line 4: The loss share is a share in percent, and 130 is not between 0 and 100." in said
    assert "line 4: A budget needs a sentence" in said
    assert pch.json("budgets", "list") == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"site_code": "ZZZ01"}, "There is no site 'ZZZ01'"),
        ({"gbp_per_weighted_person_month": 0.0}, "0 pounds are no budget"),
        ({"gbp_per_weighted_person_month": math.nan}, "nan pounds are no budget"),
        ({"corridor_pct": -1}, "The corridor is a share in percent, and -1 is not between 0 and 100."),
        ({"collar_pct": math.inf}, "The collar is a share in percent"),
        ({"because": "so"}, "A budget needs a sentence"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_in_words(desk: Desk, change: dict[str, object], why: str) -> None:
    wrong = Budget(**{**vars(GOOD), **change})
    with connect(desk.settings, "owner") as conn, pytest.raises(Refused, match=why):
        set_budgets(conn, [GOOD, wrong], "Ann")
    assert desk.value("select count(*) from ops.budget") == 0
