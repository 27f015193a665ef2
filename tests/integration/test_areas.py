"""Areas, slices, inequality, peers and funnels on a real warehouse, against figures reckoned without it."""

from collections.abc import Iterator
from datetime import date
from math import ceil, floor, log
from typing import Any

import areas_world as world
import numpy as np
import pytest
from areas_world import AGE_GROUPS, Site, by_fifth, sites, standardised
from desk import Desk
from input_cases import fresh_desk
from scipy.stats import norm

from pch.settings import Settings
from pch.warehouse.calendar import add_months

SITES = sites()
HEARD = [s for s in SITES if s.code != "LATE"]
POSITIONS = [(0.998, "0.001"), (0.95, "0.025")]


@pytest.fixture(scope="module")
def programme(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with fresh_desk(server, tmp_path_factory.mktemp("areas")) as desk:
        world.register(desk, SITES)
        for site in SITES:
            world.push(desk, site)
        desk.collect()
        desk.build()
        yield desk


def area(desk: Desk, metric: str, area_type: str, code: str, *columns: str) -> tuple[Any, ...]:
    """``columns`` of an area's figure of the month."""
    query = f"""select {", ".join(columns)} from mart.fct_area_value
                where (metric_code, area_type, area_code, period_window) = (%s, %s, %s, 'month')
                and period = '{world.PERIOD}-01'"""
    (found,) = desk.rows(query, metric, area_type, code)
    return found


def slices(desk: Desk, metric: str, area_type: str, code: str, slice_type: str, column: str) -> dict[str, float]:
    query = f"""select slice, {column} from mart.fct_metric_slice
                where (metric_code, area_type, area_code, slice_type, period_window) = (%s, %s, %s, %s, 'month')
                and period = '{world.PERIOD}-01'"""
    return dict(desk.rows(query, metric, area_type, code, slice_type))


def of_sites(desk: Desk, metric: str, column: str, table: str = "fct_metric_value") -> dict[str, Any]:
    query = f"""select site_code, {column} from mart.{table}
                where metric_code = %s and period_window = 'month' and period = '{world.PERIOD}-01'"""
    return dict(desk.rows(query, metric))


def total(members: list[Site], what: str) -> Any:
    return sum(getattr(s, what)(p) for s in members for p in s.practices)


@pytest.mark.parametrize(
    ("area_type", "code", "members"),
    [
        ("programme", "PCH", HEARD),
        ("region", "North", [s for s in HEARD if s.region == "North"]),
        ("wave", "two", [s for s in HEARD if s.wave == "two"]),
    ],
)
def test_an_area_is_made_from_the_sums_of_its_sites(
    programme: Desk, area_type: str, code: str, members: list[Site]
) -> None:
    events, patients = total(members, "emergencies"), total(members, "patients")
    found = area(programme, "PH01", area_type, code, "state", "numerator", "denominator", "value", "sites_count")
    assert found[0] == "received" and found[4] == len(members)
    assert found[1:4] == pytest.approx((events.sum(), patients.sum(), standardised(events, patients)), rel=1e-12)
    numerators = of_sites(programme, "PH01", "numerator")
    assert sum(numerators[s.code] for s in members) == found[1]


def test_who_is_awaited_shows(programme: Desk) -> None:
    heard, all_of_them = total(HEARD, "patients").sum(), total(SITES, "patients").sum()
    counts = area(programme, "PH01", "programme", "PCH", "sites_count", "sites_expected_count", "coverage_pct")
    assert counts == pytest.approx((11, 12, 100 * heard / all_of_them))
    assert area(programme, "PH01", "region", "North", "sites_expected_count", "coverage_pct") == (5, 100)
    #  nobody has sent anything of the staff
    assert area(programme, "WF01", "programme", "PCH", "sites_count", "value", "state_reason") == (
        0, None, "no site contributes",
    )  # fmt: skip


def test_a_constant_rate_is_that_rate_everywhere(programme: Desk) -> None:
    """One attendance a month for fifty patients: 240 per 1,000 a year."""
    areas = programme.rows("select value from mart.fct_area_value where metric_code = 'PH04' and state = 'received'")
    cut = programme.rows("select value from mart.fct_metric_slice where metric_code = 'PH04'")
    values = [v for (v,) in [*areas, *cut]] + list(of_sites(programme, "PH04", "value").values())
    assert len(areas) == 5 and len(cut) == 14 * 6 + 3 * 5  # programme, two regions, two waves
    assert [v for v in values if v is not None] == pytest.approx([240] * (len(values) - 1), rel=1e-12)
    (found,) = programme.rows(
        "select slope_index, relative_index_ratio from mart.fct_inequality where (metric_code, period_window) = ('PH04', 'month')"
    )
    assert found == pytest.approx((0, 1), abs=1e-9)


@pytest.mark.parametrize(("area_type", "code"), [("site", "S04"), ("region", "South"), ("programme", "PCH")])
def test_age_groups_add_up_to_the_whole(programme: Desk, area_type: str, code: str) -> None:
    members = [s for s in HEARD if code in (s.code, s.region, "PCH")]
    events, patients = total(members, "emergencies"), total(members, "patients")
    numerators = slices(programme, "PH01", area_type, code, "age_group", "numerator")
    values = slices(programme, "PH01", area_type, code, "age_group", "value")
    assert sum(numerators.values()) == events.sum()
    first = 0
    for group, end in AGE_GROUPS.items():
        rate = 12_000 * events[:, first:end].sum() / patients[:, first:end].sum()
        assert values[group] == pytest.approx(rate, rel=1e-12), group
        first = end


def test_fifths_keep_the_metrics_own_method_and_their_slope(programme: Desk) -> None:
    fifths = by_fifth(HEARD)
    values = slices(programme, "PH01", "programme", "PCH", "deprivation_quintile", "value")
    expected = {str(fifth): standardised(*cells) for fifth, cells in fifths.items()}
    assert values == pytest.approx(expected, rel=1e-12) and set(values) == set("12345")
    #  a straight line from the least deprived to the most, weighed by patients
    shares = np.array([fifths[q][1].sum() for q in (5, 4, 3, 2, 1)])
    shares /= shares.sum()
    middle = np.cumsum(shares) - shares / 2
    slope, least = np.polyfit(middle, [expected[str(q)] for q in (5, 4, 3, 2, 1)], 1, w=np.sqrt(shares))
    (found,) = programme.rows(
        """select gap, slope_index, relative_index_ratio, slope_index_lower_95 < slope_index, state
           from mart.fct_inequality where (metric_code, period_window) = ('PH01', 'month')"""
    )
    assert found[:3] == pytest.approx((expected["1"] - expected["5"], slope, (least + slope) / least), rel=1e-9)
    assert found[3:] == (True, "received")
    assert programme.value("select state from mart.fct_inequality where (metric_code, period_window) = ('DQ01', 'month')") != "received"  # fmt: skip


def test_peers_are_the_nearest_by_five_facts(programme: Desk) -> None:
    def facts(site: Site) -> list[float]:
        patients = {p: site.patients(p).sum() for p in site.practices}
        size = sum(patients.values())
        deprived = sum(n for p, n in patients.items() if world.quintile(p) <= 2)
        old = total([site], "patients")[:, 13:].sum()
        months = 12 * (world.START.year - site.start.year) + world.START.month - site.start.month
        return [log(size), old / size, deprived / size, np.nan if site.rural_pct is None else site.rural_pct, months]

    raw = np.array([facts(s) for s in SITES])
    z = (raw - np.nanmean(raw, axis=0)) / np.nanstd(raw, axis=0)
    distance = np.sqrt(np.nanmean((z[:, None, :] - z[None, :, :]) ** 2, axis=2))
    found = programme.rows(
        "select site_code, peer_site_code, peer_rank, distance, facts_count from mart.fct_peer order by 1, 3"
    )
    assert len(found) == 12 * 10
    order = [s.code for s in SITES]
    for i, site in enumerate(SITES):
        mine = [row for row in found if row[0] == site.code]
        nearest = np.sort(np.delete(distance[i], i))[:10]
        assert [row[3] for row in mine] == pytest.approx(nearest, rel=1e-9), site.code
        for _, peer, _, far, count in mine:
            assert far == pytest.approx(distance[i, order.index(peer)], rel=1e-9)
            assert count == (4 if "S03" in (site.code, peer) else 5)


def test_a_site_among_its_peers(programme: Desk) -> None:
    peers = [p for (p,) in programme.rows("select peer_site_code from mart.fct_peer where site_code = 'S05'")]
    values = of_sites(programme, "PH09", "value")
    theirs = [values[p] for p in peers]
    (found,) = programme.rows(
        """select peers_count, peer_median, peer_lower_quartile, peer_upper_quartile, rank_among_peers
           from mart.fct_peer_value where (metric_code, site_code) = ('PH09', 'S05')"""
    )
    better = sum(v > values["S05"] for v in theirs)  # more is better
    assert found == pytest.approx((10, *np.quantile(theirs, [0.5, 0.25, 0.75]), 1 + better))


def test_deciles_are_those_of_the_house(programme: Desk) -> None:
    """OHID's rule: reference, A8. Eleven values of emergencies with ties, twelve of hypertension."""
    for metric, count in (("PH01", 11), ("PH09", 12)):
        values = {code: v for code, v in of_sites(programme, metric, "value").items() if v is not None}
        assert len(values) == count
        ranks = {code: 1 + sum(w < v for w in values.values()) for code, v in values.items()}
        expected = {code: max(floor(11 - ceil((count + 1 - r) / (count / 10))), 1) for code, r in ranks.items()}
        assert of_sites(programme, metric, "decile", "fct_funnel") == expected
        assert set(of_sites(programme, metric, "sites_compared_count", "fct_funnel").values()) == {count}


def position(value: float, limits: dict[float, tuple[float, float]]) -> str:
    """In words: which of the limits (by confidence) ``value`` lies outside of."""
    for confidence, level in POSITIONS:
        low, high = limits[confidence]
        if value > high or value < low:
            return f"{'High' if value > high else 'Low'} ({level})"
    return "Not significant"


def byar(x: float, confidence: float) -> tuple[float, float]:
    z = norm.ppf((1 + confidence) / 2)
    lower = x * (1 - 1 / (9 * x) - z / (3 * x**0.5)) ** 3
    return lower, (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * (x + 1) ** 0.5)) ** 3


def test_funnel_of_a_proportion(programme: Desk) -> None:
    centre = sum(s.treated for s in SITES) / 12_000
    limits = {}
    for confidence, _ in POSITIONS:
        reach = norm.ppf((1 + confidence) / 2) * (centre * (1 - centre) / 1000) ** 0.5
        limits[confidence] = (100 * (centre - reach), 100 * (centre + reach))
    expected = {s.code: position(s.treated / 10, limits) for s in SITES}
    assert len(set(expected.values())) >= 4
    assert of_sites(programme, "PH09", "funnel_position", "fct_funnel") == expected
    better = {code: text.startswith("High") for code, text in expected.items()}
    assert of_sites(programme, "PH09", "is_better", "fct_funnel") == better
    shown = programme.rows(
        """select distinct centre, control_lower_95, control_upper_95, control_lower_998, control_upper_998
           from mart.fct_funnel where metric_code = 'PH09'"""
    )
    assert len(shown) == 1 and shown[0] == pytest.approx((100 * centre, *limits[0.95], *limits[0.998]), rel=1e-9)
    wider = "overdispersed_lower_95 < control_lower_95 and overdispersed_upper_95 > control_upper_95 and phi > 1"
    assert set(of_sites(programme, "PH09", wider, "fct_funnel").values()) == {True}


@pytest.mark.parametrize("metric", ["PH01", "PH06"])
def test_funnel_of_a_standardised_rate(programme: Desk, metric: str) -> None:
    """A site's events against those that the programme's rate expects of it: centre x events / rate."""
    (centre,) = area(programme, metric, "programme", "PCH", "value")
    values, events = (of_sites(programme, metric, column) for column in ("value", "numerator"))
    expected = {}
    for site in HEARD:
        x = events[site.code]
        expects = centre * x / values[site.code]
        sure = {confidence: tuple(limit / expects for limit in byar(x, confidence)) for confidence, _ in POSITIONS}
        expected[site.code] = next(
            (f"{'High' if low > 1 else 'Low'} ({level})" for c, level in POSITIONS for low, high in [sure[c]] if low > 1 or high < 1),
            "Not significant",
        )  # fmt: skip
    assert of_sites(programme, metric, "funnel_position", "fct_funnel") == expected
    if metric == "PH01":
        assert {text.split()[0] for text in expected.values()} >= {"High", "Low"}


def test_money_has_a_decile_and_no_limits(programme: Desk) -> None:
    found = programme.rows(
        "select distinct funnel_position, control_lower_95, funnel_position_reason from mart.fct_funnel where metric_code = 'DQ04'"
    )
    assert found == [(None, None, "its spread by chance is not known")]


FIGURES = """select metric_code, site_code, period, period_window, state, state_reason, coverage_pct, numerator, denominator,
               value, lower_95, upper_95, lower_998, upper_998, nominal_value, sensitivity_lower, sensitivity_upper
             from mart.fct_metric_value where site_code = any(%s) order by 1, 2, 3, 4"""


def test_another_site_changes_nobody_elses_figures(desk: Desk) -> None:
    """Also not what stands on the programme's rates (PH06): those of its first twelve months are frozen."""
    *first, newcomer = HEARD[:4]
    codes = [s.code for s in first]
    months = [f"{add_months(date(2025, 8, 1), n):%Y-%m}" for n in range(12)]
    world.register(desk, first)
    for site in first:
        for month in months:
            world.push(desk, site, month)
    desk.collect()
    desk.build()
    before = desk.rows(FIGURES, codes)
    world.register(desk, [newcomer])
    for month in months[-2:]:
        world.push(desk, newcomer, month)
    desk.collect()
    desk.build()
    theirs = (
        "select count(*) from mart.fct_metric_value where (metric_code, site_code) = ('PH06', %s) and value is not null"
    )
    assert desk.value(theirs, newcomer.code) >= 2
    assert sum(row[0] == "PH06" and row[9] is not None for row in before) > 3 * 12
    after = desk.rows(FIGURES, codes)
    assert [row[:6] for row in after] == [row[:6] for row in before]
    old, new = (np.array([row[6:] for row in rows], dtype=float) for rows in (before, after))
    np.testing.assert_allclose(new, old, rtol=1e-12)  # sums may be taken in another order
