"""What patients cost, by service and cohort, and why it changed: a small programme against figures reckoned by hand."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import costs_world as world
import numpy as np
import psycopg
import pytest
from costs_world import AUGUST, JULY, JUNE, LAST, MAY, PRACTICES, SECOND, costs, costs_world, inflated, need, price
from desk import Desk
from scipy.stats import norm

from pch.registry import BANDS
from pch.settings import Settings
from pch.warehouse import site_roles
from pch.warehouse.calendar import add_months, months_between

SERVICES = (
    "emergency_hospital", "planned_hospital", "general_practice", "community", "prescribing", "programme_inputs"
)  # fmt: skip
FIGURES = "person_months, need_weighted_person_months, nominal_gbp, real_gbp, activity_count"


@pytest.fixture(scope="module")
def programme(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with costs_world(server, tmp_path_factory.mktemp("costs")) as desk:
        yield desk


def cell(desk: Desk, area: tuple[str, str], month: date, service: str, cohort: str, columns: str = FIGURES) -> Any:
    query = f"""select {columns} from mart.fct_cost
                where (area_type, area_code, period, service, cohort) = (%s, %s, %s, %s, %s)"""
    (row,) = desk.rows(query, *area, month, service, cohort)
    return row


def of_site(site: str) -> tuple[str, str]:
    return "site", site


def listed(site: str, practices: list[str], month: date, bands: tuple[str, ...] = BANDS) -> int:
    return 2 * sum(world.patients(site, p, month, b) for p in practices for b in bands)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_costs_what_was_done_at_its_price(programme: Desk, service: str) -> None:
    both = PRACTICES["AAA"]
    counts = {
        "emergency_hospital": 2 * (world.emergencies("AAA", LAST) + 50), "planned_hospital": 18,
        "general_practice": 200, "community": 25, "prescribing": 1200, "programme_inputs": None,
    }  # fmt: skip
    real = costs("AAA", both, LAST)[service]
    patients = listed("AAA", both, LAST)
    expected = (patients, need("AAA", both, LAST), real * inflated(LAST), real, counts[service])
    assert cell(programme, of_site("AAA"), LAST, service, "all") == pytest.approx(expected)
    per = "nominal_gbp_per_person_month, real_gbp_per_person_month, real_gbp_per_need_weighted_person_month"
    assert cell(programme, of_site("AAA"), LAST, service, "all", per) == pytest.approx(
        (real * inflated(LAST) / patients, real / patients, real / need("AAA", both, LAST))
    )


def test_the_total_is_the_services_and_the_published_metric(programme: Desk) -> None:
    total = sum(costs("AAA", PRACTICES["AAA"], LAST).values())
    assert cell(programme, of_site("AAA"), LAST, "total", "all", "real_gbp")[0] == pytest.approx(total)
    query = """select count(*), max(abs(c.real_gbp_per_person_month - m.value)),
                 max(abs(c.nominal_gbp_per_person_month - m.nominal_value)), bool_and(c.state = m.state)
               from mart.fct_cost as c inner join mart.fct_metric_value as m
                 on (c.area_code, c.period) = (m.site_code, m.period) and m.period_window = 'month'
                 and m.metric_code = case c.service when 'total' then 'CO01' else 'CO02' end
               where c.area_type = 'site' and c.cohort = 'all' and c.service in ('total', 'emergency_hospital')
               and c.period <= %s"""
    ((count, real, nominal, states),) = programme.rows(query, LAST)
    assert (count, states) == (2 * (21 + 7), True)  # months since each began, sent or not
    assert real < 1e-9
    assert nominal < 1e-9


def test_ages_and_frailty_of_the_hospitals(programme: Desk) -> None:
    """All emergency spells are of severely frail women of 80; attendances are of boys, and outpatients of men of
    30, of whom two are moderately frail."""
    spells = 2 * world.emergencies("AAA", LAST) * price("emergency_spells")
    attended, seen = 100 * price("ae_attendances_type_1_2"), 18 * price("first_outpatient_attendances")
    expected = {
        ("emergency_hospital", "0-19"): (attended, listed("AAA", PRACTICES["AAA"], LAST, BANDS[:4])),
        ("emergency_hospital", "20-64"): (0, listed("AAA", PRACTICES["AAA"], LAST, BANDS[4:13])),
        ("emergency_hospital", "65-74"): (0, listed("AAA", PRACTICES["AAA"], LAST, BANDS[13:15])),
        ("emergency_hospital", "75_plus"): (spells, listed("AAA", PRACTICES["AAA"], LAST, BANDS[15:])),
        ("emergency_hospital", "frail"): (spells, 60),
        ("planned_hospital", "20-64"): (seen, listed("AAA", PRACTICES["AAA"], LAST, BANDS[4:13])),
        ("planned_hospital", "frail"): (2 * price("first_outpatient_attendances"), 60),
    }
    for (service, cohort), figures in expected.items():
        found = cell(programme, of_site("AAA"), LAST, service, cohort, "real_gbp, person_months")
        assert found == pytest.approx(figures), (service, cohort)
    state = "state, reason, real_gbp, person_months"
    assert cell(programme, of_site("AAA"), LAST, "prescribing", "frail", state) == (
        "not_applicable", "the returns do not tell it by age or frailty", None, None,
    )  # fmt: skip
    assert cell(programme, of_site("AAA"), MAY, "emergency_hospital", "frail", state)[0] == "missing"


def test_what_is_not_there_is_a_state_and_no_zero(programme: Desk) -> None:
    state = "state, reason, real_gbp"
    lacks = ("missing", "gp_appointments missing", None)
    assert cell(programme, of_site("BBB"), AUGUST, "general_practice", "all", state) == lacks
    assert cell(programme, of_site("BBB"), AUGUST, "total", "all", state) == lacks
    assert cell(programme, of_site("BBB"), AUGUST, "community", "all", state)[0] == "received"
    withheld = ("suppressed", "2 cell(s) were suppressed by the site", None)
    assert cell(programme, of_site("BBB"), JUNE, "prescribing", "all", state) == withheld
    assert cell(programme, of_site("BBB"), JUNE, "total", "all", state) == withheld


def test_cost_and_patients_are_of_the_same_practices(programme: Desk) -> None:
    """In July the hospitals tell nothing of B10002, a fifth of the patients: its appointments are in their service, and
    in no total. What the site reports as a whole is."""
    heard = ["B10001"]
    part, whole = costs("BBB", heard, JULY), costs("BBB", PRACTICES["BBB"], JULY)
    columns = "real_gbp, person_months, coverage_pct"
    assert cell(programme, of_site("BBB"), JULY, "total", "all", columns) == pytest.approx(
        (sum(part.values()), listed("BBB", heard, JULY), 80)
    )
    assert cell(programme, of_site("BBB"), JULY, "general_practice", "all", columns) == pytest.approx(
        (whole["general_practice"], listed("BBB", PRACTICES["BBB"], JULY), 100)
    )


def test_areas_are_the_sums_of_the_sites_that_stand(programme: Desk) -> None:
    both = [sum(costs(site, PRACTICES[site], LAST).values()) for site in PRACTICES]
    columns = "real_gbp, sites_count, sites_expected_count, coverage_pct"
    for area in (("region", "North"), ("programme", "PCH")):
        assert cell(programme, area, LAST, "total", "all", columns) == pytest.approx((sum(both), 2, 2, 100))
    short = cell(programme, ("region", "North"), AUGUST, "total", "all", "state, reason, real_gbp, sites_count")
    assert short == ("below_minimum", "1 of 2 sites, with 46.9% of registered patients", None, 1)


CHANGE = """select real_change_gbp, need_gbp, volume_gbp, price_gbp, nominal_change_gbp, inflation_gbp
            from mart.fct_cost_change where (area_type, area_code, period, service) = (%s, %s, %s, %s)"""


def test_the_change_of_a_service_is_need_volume_and_price(programme: Desk) -> None:
    """Prescribing of AAA, January to September of both years, by the formula: items dearer, more of them, older people."""
    practices, years = PRACTICES["AAA"], []
    for first in (world.FIRST, SECOND):
        months = list(months_between(first, add_months(first, 8)))
        patients = sum(listed("AAA", practices, m) for m in months)
        weighted = sum(need("AAA", practices, m) for m in months)
        items = sum(2 * (600 if first == SECOND else 500) for _ in months)
        real = sum(costs("AAA", practices, m)["prescribing"] for m in months)
        nominal = sum(costs("AAA", practices, m)["prescribing"] * inflated(m) for m in months)
        years.append((weighted / patients, items / weighted, real / items, nominal / patients))
    (n0, u0, p0, nominal0), (n1, u1, p1, nominal1) = years
    expected = (
        n1 * u1 * p1 - n0 * u0 * p0,
        (n1 - n0) * (u1 * p1 + u0 * p0) / 2,
        (n1 + n0) / 2 * (u1 - u0) * (p1 + p0) / 2,
        (n1 + n0) / 2 * (u1 + u0) / 2 * (p1 - p0),
        nominal1 - nominal0,
        nominal1 - nominal0 - (n1 * u1 * p1 - n0 * u0 * p0),
    )
    assert expected[1] > 0 > expected[2]
    assert expected[3] > 0
    assert expected[5] > 0
    (found,) = programme.rows(CHANGE, "site", "AAA", LAST, "prescribing")
    assert found == pytest.approx(expected, rel=1e-9)
    assert programme.rows(CHANGE, "region", "North", LAST, "prescribing") == [found]  # of BBB there is one year only


def test_activity_at_a_price_that_only_the_deflator_moved_has_no_price_part(programme: Desk) -> None:
    for service in ("emergency_hospital", "planned_hospital", "general_practice", "community", "programme_inputs"):
        ((_, _, _, by_price, _, _),) = programme.rows(CHANGE, "site", "AAA", LAST, service)
        assert by_price == pytest.approx(0, abs=1e-9), service


def test_parts_sum_to_the_change_everywhere(programme: Desk) -> None:
    query = """select count(*), max(abs(need_gbp + volume_gbp + price_gbp - real_change_gbp)),
                 max(abs(real_change_gbp + inflation_gbp - nominal_change_gbp)), min(months_count), max(months_count)
               from mart.fct_cost_change where period = %s"""
    ((count, real, nominal, fewest, most),) = programme.rows(query, LAST)
    assert count == 4 * 7  # AAA, its region, its wave and the programme; services
    assert (
        programme.value("select min(period) from mart.fct_cost_change") == LAST
    )  # before, fewer than nine months pair
    assert (fewest, most) == (9, 9)
    assert real < 1e-9
    assert nominal < 1e-9


APRIL_TO_SEPTEMBER = list(months_between(date(2026, 4, 1), LAST))


def budget(desk: Desk, site: str, month: date, columns: str) -> Any:
    (row,) = desk.rows(f"select {columns} from mart.fct_budget where (site_code, period) = (%s, %s)", site, month)
    return row


def spent(site: str, practices: list[str], month: date) -> float:
    """In pounds of the month."""
    return sum(costs(site, practices, month).values()) * inflated(month)


def test_the_budget_of_a_year_to_date_beside_what_was_spent(programme: Desk) -> None:
    """AAA has a budget of its own from July on; its rule is then that of the whole year."""
    both = PRACTICES["AAA"]
    weighted = {m: need("AAA", both, m) for m in APRIL_TO_SEPTEMBER}
    allowed = sum((250 if m >= JULY else 100) * w for m, w in weighted.items())
    actual = sum(spent("AAA", both, m) for m in APRIL_TO_SEPTEMBER)
    surplus = allowed - actual
    excess = surplus - 0.02 * allowed
    assert excess * 0.4 > 0.1 * allowed  # so the cap holds
    columns = """need_weighted_person_months, budget_gbp, actual_gbp, surplus_gbp, surplus_pct, excess_gbp,
                 site_share_gbp, commissioner_share_gbp, months_count, months_expected_count"""
    assert budget(programme, "AAA", LAST, columns) == pytest.approx(
        (
            sum(weighted.values()), allowed, actual, surplus, 100 * surplus / allowed, excess, 0.1 * allowed,
            surplus - 0.1 * allowed, 6, 6,
        )
    )  # fmt: skip
    assert (
        programme.value("select max(abs(site_share_gbp + commissioner_share_gbp - surplus_gbp)) from mart.fct_budget")
        < 1e-6
    )


def test_a_month_without_its_whole_cost_is_in_neither(programme: Desk) -> None:
    """BBB: June withholds money, August lacks appointments, and in July one of its practices counts on both sides."""
    heard = {m: PRACTICES["BBB"][: 1 if m == JULY else 2] for m in APRIL_TO_SEPTEMBER if m not in (JUNE, AUGUST)}
    allowed = 100 * sum(need("BBB", practices, m) for m, practices in heard.items())
    actual = sum(spent("BBB", practices, m) for m, practices in heard.items())
    columns = "budget_gbp, actual_gbp, months_count, months_expected_count"
    assert budget(programme, "BBB", LAST, columns) == pytest.approx((allowed, actual, 4, 6))
    assert budget(programme, "BBB", LAST, "state, reason") == (
        "received", "4 of 6 months since April have both a budget and their whole cost",
    )  # fmt: skip
    assert budget(programme, "BBB", date(2026, 3, 1), "state, sentence, budget_gbp") == (
        "not_applicable", "No budget is declared for it.", None,
    )  # fmt: skip


def test_chance_is_of_the_sites_own_months(programme: Desk) -> None:
    """AAA's emergencies swing by three about their mean from month to month, less than chance would: phi is 1. So is
    that of all else, which never changes. January to September are compared, as far as they have a cost."""
    both = PRACTICES["AAA"]
    months = list(months_between(SECOND, LAST))
    weighted = np.array([need("AAA", both, m) for m in months])
    money = np.array(
        [(c["prescribing"] + c["programme_inputs"]) * inflated(m) for m in months for c in [costs("AAA", both, m)]]
    )
    rate = money.sum() / weighted.sum()
    variance = 6 * ((money - rate * weighted) ** 2).sum() / (len(months) - 1)
    for measure, each in (
        ("ae_attendances_type_1_2", 100), ("first_outpatient_attendances", 18), ("gp_appointments", 200),
        ("intervention_contacts", 25),
    ):  # fmt: skip
        variance += 6 * each * (price(measure) * world.INFLATION) ** 2
    spells = np.array([2 * world.emergencies("AAA", m) for m in months])
    expected = spells.sum() / weighted.sum() * weighted
    assert ((spells - expected) ** 2 / expected).sum() / (len(months) - 1) < 1
    variance += spells[3:].sum() * (price("emergency_spells") * world.INFLATION) ** 2
    sd, probability, surplus = budget(programme, "AAA", LAST, "sd_gbp, probability_by_chance, surplus_gbp")
    assert sd == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert probability == pytest.approx(norm.sf(surplus / sd), rel=1e-6)
    april = budget(programme, "BBB", APRIL_TO_SEPTEMBER[0], "sd_gbp, probability_by_chance, sentence")
    assert april[:2] == (None, None)
    assert "in 1 month: how far that is chance shows from three months on. The site keeps £11," in april[2]


def test_a_deficit_in_a_sentence(programme: Desk) -> None:
    both, months = PRACTICES["AAA"], APRIL_TO_SEPTEMBER[:1]
    allowed = 100 * need("AAA", both, months[0])
    over = spent("AAA", both, months[0]) - allowed
    borne = min(0.3 * (over - 0.01 * allowed), 0.03 * allowed)
    sd = budget(programme, "AAA", months[0], "sd_gbp")[0]
    assert budget(programme, "AAA", months[0], "sentence")[0] == (
        f"A deficit of {100 * over / allowed:.0f}% (£{over:,.0f} of £{allowed:,.0f}) in 1 month: of 100 sites of this size "
        f"whose true cost is on budget, {100 * norm.sf(over / sd):.0f} would show one as large by chance. The site bears "
        f"£{borne:,.0f}, the commissioner £{over - borne:,.0f}."
    )


def test_small_numbers_are_not_shown(programme: Desk) -> None:
    """In May BBB has four outpatients, and A&E attendances of boys by the fifty. Of planned care nothing is shown, nor
    of the total, from which it could be told; nor of the areas, of which the other site's could be taken off."""
    query = "select service, cohort from bi.cost where (area_type, area_code, period) = (%s, %s, %s) and is_withheld"
    ages = ("0-19", "20-64", "65-74", "75_plus")
    expected = {("planned_hospital", "all"), ("total", "all"), *(("planned_hospital", age) for age in ages)}
    for area in (("site", "BBB"), ("region", "North"), ("programme", "PCH")):
        assert set(programme.rows(query, *area, MAY)) == expected, area
        shown = "state, real_gbp, activity_count, person_months, real_gbp_per_person_month"
        assert programme.rows(
            f"select {shown} from bi.cost where is_withheld and (area_type, area_code, period) = (%s, %s, %s)",
            *area,
            MAY,
        ) == [("suppressed", None, None, None, None)] * len(expected)
    assert programme.rows(query, "site", "AAA", MAY) == []
    others = "select distinct service, cohort, period >= %s from bi.cost where is_withheld and period <> %s"
    assert programme.rows(others, JULY, MAY) == [("planned_hospital", "frail", True)]  # two of each site
    assert programme.rows(
        "select distinct period, is_withheld, budget_gbp is null, sentence like 'It is not shown%%' from bi.budget "
        "where site_code = 'BBB' and period between '2026-04-01' and '2026-09-01' order by 1"
    ) == [(m, m >= MAY, m >= MAY, m >= MAY) for m in months_between(date(2026, 4, 1), LAST)]


def test_what_is_shown_is_rounded(programme: Desk) -> None:
    spells = 2 * (world.emergencies("AAA", LAST) + 50)
    query = """select real_gbp, activity_count, person_months from bi.cost where (area_code, period, service, cohort)
               = ('AAA', %s, 'emergency_hospital', 'all')"""
    true = costs("AAA", PRACTICES["AAA"], LAST)["emergency_hospital"]
    assert programme.rows(query, LAST) == [(round(true, -3), 5 * round(spells / 5), 1680)]


def test_a_site_sees_its_own_costs_and_those_of_areas(programme: Desk) -> None:
    address = site_roles.allow(programme.settings, "BBB", "tester")
    try:
        with psycopg.connect(address) as site:
            areas = site.execute(
                "select distinct area_type, area_code from bi.cost where area_type <> 'wave' order by 1"
            )
            assert areas.fetchall() == [("programme", "PCH"), ("region", "North"), ("site", "BBB")]
            changes = site.execute("select count(*) from bi.cost_change where area_code = 'AAA'")
            assert changes.fetchone() == (0,)
            assert site.execute("select distinct site_code from bi.budget").fetchall() == [("BBB",)]
    finally:
        site_roles.revoke(programme.settings, "BBB", "tester")
