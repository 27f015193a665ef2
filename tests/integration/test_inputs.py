"""The inputs ledger in the warehouse: what sites put in, corrected, spread, and how far it can be relied on.

Two sites, April to August 2026, 380 patients each. AAA01 buys equipment, which lasts 60 months, and corrects it; BBB01
leaves things out. Built once, and once more after a ledger that was late and one that was sent anew. The figures are
worked out by hand, but for the price of a GP's hour.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from desk import FIGURES, Desk, inputs_file, list_file
from input_cases import fresh_desk

from pch.pipeline.build import build
from pch.settings import Settings
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import connect
from pch.warehouse.programme.grants import Award, award_grants

MONTHS = ["2026-04", "2026-05", "2026-06", "2026-07", "2026-08"]
#  practice_code, line_id, date, workstream, cost_category, funding_source, staff_role, hours, amount_gbp, basis, correction_of
LEDGERS = {
    ("AAA01", "2026-04"): (
        ",1,2026-04-03,Frailty,equipment,start_up_grant,,,6000.00,actual,",
        ",2,2026-04-03,Frailty,it,start_up_grant,,,4999.99,actual,",  # a penny below the threshold
        "A10001,3,2026-04-30,Frailty,staff,in_kind,gp,10,,estimate,",
        ",4,2026-04-30,Frailty,staff,commissioner,nurse,20,800.00,actual,",
    ),
    ("AAA01", "2026-05"): (
        ",1,2026-05-10,Frailty,training,own,,,300.00,actual,",  # the number of April's equipment, used again
        ",c1,2026-05-11,Frailty,training,own,,,-50.00,actual,1",  # of May's line 1
        ",c2,2026-05-11,Frailty,staff,in_kind,,-4,,actual,3",  # of April's hours: role and price are theirs
        ",c3,2026-05-11,Frailty,staff,commissioner,,-5,,actual,4",  # hours of a line with an amount: moves no money
    ),
    ("AAA01", "2026-06"): (
        ",c4,2026-06-02,Frailty,equipment,start_up_grant,,,-580.00,actual,eq",  # of no line there is
        ",eq2,2026-06-02,Frailty,equipment,own,,,7200.00,actual,",
    ),
    ("AAA01", "2026-07"): (",c5,2026-07-02,Frailty,equipment,own,,,-590.00,actual,eq2",),  # over 59 months left
    ("BBB01", "2026-04"): (",1,2026-04-03,Hub,staff,own,,8,,actual,", ",2,2026-04-03,Hub,other,own,,,100.00,actual,"),
    ("BBB01", "2026-05"): (",1,2026-05-03,Hub,staff,own,gp,8,*,actual,", ",2,2026-05-03,Hub,other,own,,,*,actual,"),
    ("BBB01", "2026-07"): (",1,2026-07-03,Hub,other,own,,,40.00,actual,",),
}  # fmt: skip
NIL = {("AAA01", "2026-08"), ("BBB01", "2026-08")}  # and BBB01's June is missing


#  site, source, pounds, first and last month
AWARDS = (
    ("AAA01", "start_up_grant", 15_000, "2026-04", "2026-05"),
    ("AAA01", "commissioner", 500, "2026-04", "2026-08"),
    ("AAA01", "own", 7_000, "2026-04", "2099-12"),
    ("BBB01", "per_patient_grant", 380, "2026-04", "2026-08"),
    ("BBB01", "own", 1_000, "2026-05", "2026-08"),
)
MODELS = (*FIGURES, "+input", "+input_completeness", "+grant_award")
LATE = ",1,2026-06-03,Hub,estates,own,,,12000.00,actual,"  # 100.00 a month for ten years
FORGOTTEN = ",eq,2026-04-20,Frailty,equipment,start_up_grant,,,5820.00,actual,"  # 97.00 a month for five years


def send(desk: Desk, site: str, month: str, lines: tuple[str, ...] | None, day: int = 5) -> None:
    """The ledger of a month, in the month after; None: nothing was put in."""
    year, number = (int(part) for part in month.split("-"))
    content = inputs_file(*lines) if lines else ""
    nil = None if lines else "Nothing was put in."
    desk.push(site, "programme_inputs", month, content, nil=nil, at=datetime(year, number + 1, day, tzinfo=UTC))


@pytest.fixture(scope="module")
def desk(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with fresh_desk(server, tmp_path_factory.mktemp("inputs")) as desk:
        desk.register({"AAA01": ["A10001"], "BBB01": ["B10001"]})
        for month in MONTHS:
            for site, practice in (("AAA01", "A10001"), ("BBB01", "B10001")):
                desk.push(site, "registered_list", month, list_file([practice]))
                lines = LEDGERS.get((site, month))
                if lines or (site, month) in NIL:
                    send(desk, site, month, lines)
        with connect(desk.settings, "owner") as conn:
            award_grants(
                conn,
                [
                    Award(
                        site, source, date(2026, 4, 1), Decimal(gbp), *map(parse_period, months), "For the programme."
                    )
                    for site, source, gbp, *months in AWARDS
                ],
                "Ann",
            )
        desk.collect()
        build(desk.settings, models=MODELS)
        yield desk


def gp_hour(desk: Desk) -> float:
    """Pounds of April 2026."""
    return float(
        desk.value("select gbp_per_hour from stg.stg_hourly_cost where (staff_role, period) = ('gp', '2026-04-01')")
    )


def by_month(desk: Desk, site: str, columns: str) -> dict[str, Any]:
    """By month up to August, the sums of columns of fct_input."""
    rows = desk.rows(
        f"""select to_char(period, 'YYYY-MM'), {columns} from mart.fct_input
            where site_code = %s and period <= '2026-08-01' group by 1 order by 1""",
        site,
    )  # fmt: skip
    return {month: tuple(values) if len(values) > 1 else values[0] for month, *values in rows}


def figures(desk: Desk, site: str, metric: str = "IN01") -> dict[str, tuple[str, float | None, str | None]]:
    """By month up to August: state, numerator, reason."""
    rows = desk.rows(
        """select to_char(period, 'YYYY-MM'), state, numerator, state_reason from mart.fct_metric_value
           where (metric_code, site_code, period_window) = (%s, %s, 'month') and period <= '2026-08-01' order by 1""",
        metric, site,
    )  # fmt: skip
    return {month: (state, value, reason) for month, state, value, reason in rows}


def test_a_line_is_found_under_its_source_and_category(desk: Desk) -> None:
    query = """select funding_source, cost_category, hours, cash_nominal_gbp, in_kind_nominal_gbp, spent_nominal_gbp,
                 capital_nominal_gbp, charged_nominal_gbp
               from mart.fct_input where (site_code, period) = ('AAA01', '2026-04-01') order by 1, 2"""
    given = 10 * gp_hour(desk)
    assert desk.rows(query) == [
        ("commissioner", "staff", 20, 800, 0, 800, 0, 800),
        ("in_kind", "staff", 10, 0, pytest.approx(given), pytest.approx(given), 0, pytest.approx(given)),
        ("start_up_grant", "equipment", 0, 6000, 0, 6000, 6000, 100),
        ("start_up_grant", "it", 0, 4999.99, 0, 4999.99, 0, 4999.99),  # a penny below the threshold
    ]


def test_what_is_spent_and_what_a_month_bears(desk: Desk) -> None:
    """May takes back 50.00 of its own line 1 (not of April's) and four hours at April's price; June takes back 580.00 of
    a line nobody knows; July 590.00 of equipment that has 59 months to go."""
    hour = gp_hour(desk)
    months = by_month(
        desk, "AAA01", "sum(hours), sum(spent_nominal_gbp), sum(capital_nominal_gbp), sum(charged_nominal_gbp)"
    )
    assert months == {
        "2026-04": pytest.approx((30, 11_799.99 + 10 * hour, 6000, 5899.99 + 10 * hour)),
        "2026-05": pytest.approx((-9, 250 - 4 * hour, 0, 350 - 4 * hour)),
        "2026-06": pytest.approx((0, 6620, 7200, -580 + 100 + 120)),
        "2026-07": pytest.approx((0, -590, -590, 100 + 120 - 10)),
        "2026-08": pytest.approx((0, 0, 0, 210)),
    }


def test_real_pounds_are_those_of_the_month_that_bears_them(desk: Desk) -> None:
    prices = desk.rows(
        """select distinct i.spent_real_gbp = i.spent_nominal_gbp * p.real_gbp_per_nominal_gbp,
             i.charged_real_gbp = i.charged_nominal_gbp * p.real_gbp_per_nominal_gbp
           from mart.fct_input as i inner join stg.stg_price as p on i.period = p.period"""
    )
    assert prices == [(True, True)]


def test_the_metrics_are_of_what_a_month_bears(desk: Desk) -> None:
    rate = desk.value("select real_gbp_per_nominal_gbp from stg.stg_price where period = '2026-07-01'")
    assert figures(desk, "AAA01")["2026-07"] == ("received", pytest.approx(210 * rate), None)
    assert figures(desk, "AAA01")["2026-08"] == ("nil_return", pytest.approx(210 * rate), None)  # still borne
    value = "select value from mart.fct_metric_value where (metric_code, site_code, period, period_window) = ('IN01', 'AAA01', '2026-07-01', 'month')"
    assert desk.value(value) == pytest.approx(210 * rate / 380)
    share = desk.value(value.replace("IN01", "IN03").replace("2026-07", "2026-04"))
    assert share == pytest.approx(100 * 10 * gp_hour(desk) / (5899.99 + 10 * gp_hour(desk)))


def test_without_a_complete_ledger_there_is_no_cost_figure(desk: Desk) -> None:
    found = figures(desk, "BBB01")
    assert found["2026-04"] == ("suppressed", None, "1 cell was suppressed by the site or could not be valued")
    assert found["2026-05"] == ("suppressed", None, "2 cells were suppressed by the site")
    assert found["2026-06"] == ("missing", None, "programme_inputs missing")
    assert found["2026-07"][:2] == ("received", pytest.approx(40, rel=0.2))
    assert figures(desk, "BBB01", "IN02")["2026-04"][:2] == ("received", 8)  # of the hours nothing is lacking
    incomplete = """select site_code, period from mart.fct_input_completeness where not is_complete"""
    shown = """select site_code, period from mart.fct_metric_value
               where metric_code in ('IN01', 'CO01') and period_window = 'month' and value is not null"""
    assert not set(desk.rows(incomplete)) & set(desk.rows(shown))


def test_how_complete_each_month_is(desk: Desk) -> None:
    query = """select to_char(period, 'YYYY-MM'), return_state, lines_count, not_valued_count, withheld_count,
                 unknown_corrections_count, estimate_share_pct, is_complete, complete_months_count, months_count
               from mart.fct_input_completeness where site_code = %s and period <= '2026-08-01' order by 1"""
    assert desk.rows(query, "AAA01") == [
        ("2026-04", "received", 4, 0, 0, 0, 25, True, 1, 1),
        ("2026-05", "received", 4, 0, 0, 0, 0, True, 2, 2),
        ("2026-06", "received", 2, 0, 0, 1, 0, True, 3, 3),  # said, and counted at its own amount
        ("2026-07", "received", 1, 0, 0, 0, 0, True, 4, 4),
        ("2026-08", "nil_return", 0, 0, 0, 0, None, True, 5, 5),
    ]
    assert desk.rows(query, "BBB01") == [
        ("2026-04", "received", 2, 1, 0, 0, 0, False, 0, 1),
        ("2026-05", "received", 2, 0, 2, 0, 0, False, 0, 2),
        ("2026-06", "missing", 0, 0, 0, 0, None, False, 0, 3),
        ("2026-07", "received", 1, 0, 0, 0, 0, True, 1, 4),
        ("2026-08", "nil_return", 0, 0, 0, 0, None, True, 2, 5),
    ]
    reasons = "select reason from mart.fct_input_completeness where site_code = 'BBB01' and period <= '2026-07-01' order by period"
    assert [reason for (reason,) in desk.rows(reasons)] == [
        "The ledger of April 2026 has 1 line with neither an amount nor hours that have a price: complete them and push the ledger again.",
        "The ledger of May 2026 has 2 lines whose value is withheld: complete them and push the ledger again.",
        "There is no ledger of June 2026 in use (missing): push one, or a nil return if nothing was put in.",
        None,
    ]
    assert desk.value("select sum(unknown_lines_count) from mart.fct_input where site_code = 'BBB01'") == 3


GRANTS = "select site_code, funding_source, awarded_gbp, spent_gbp, spent_outside_gbp, state from mart.fct_grant order by 1, 2"


def test_grants_beside_what_was_spent_of_them(desk: Desk) -> None:
    """BBB01's own money of April is before its award; AAA01's start-up grant of June takes back what nobody knows."""
    assert desk.rows(GRANTS) == [
        ("AAA01", "commissioner", 500, 800, 0, "overspent"),
        ("AAA01", "own", 7000, 6860, 0, "within"),
        ("AAA01", "start_up_grant", 15_000, 10_999.99, -580, "ended_unspent"),
        ("BBB01", "own", 1000, 40, 100, "ended_unspent"),
        ("BBB01", "per_patient_grant", 380, 0, 0, "nothing_spent"),
    ]
    sentences = "select sentence from mart.fct_grant where (site_code, funding_source) = (%s, %s)"
    assert desk.value(sentences, "AAA01", "commissioner") == (
        "Commissioner (April 2026 to August 2026): £800.00 of £500.00 was spent (160.0%); £300.00 more than was given."
    )
    assert desk.value(sentences, "AAA01", "start_up_grant") == (
        "Start up grant (April 2026 to May 2026): £10,999.99 of £15,000.00 was spent (73.3%); £4,000.01 is left; "
        "-£580.00 in other months."
    )
    assert desk.value(sentences, "AAA01", "own").startswith(
        "Own (April 2026 to December 2099): £6,860.00 of £7,000.00 is spent so far (98.0%); £140.00 is left"
    )
    assert desk.value(sentences, "BBB01", "own").endswith(
        "£960.00 is left; £100.00 in other months; 2 of its months lack a complete ledger."
    )


def test_the_programme_adds_up_to_the_penny(desk: Desk) -> None:
    """Money of a source: the lines as they were sent, the inputs, the grants."""
    lines = desk.value("select sum(amount_gbp) from raw.programme_inputs where funding_source <> 'in_kind'")
    assert lines == Decimal("6000.00") + Decimal("4999.99") + 800 + 300 - 50 - 580 + 7200 - 590 + 100 + 40
    for total in (
        "sum(cash_nominal_gbp) from mart.fct_input",
        "sum(spent_gbp + spent_outside_gbp) from mart.fct_grant",
    ):
        assert round(Decimal(desk.value(f"select {total}")), 2) == lines, total


def test_what_bi_tools_see_is_the_same(desk: Desk) -> None:
    for table, mart in (
        ("input", "fct_input"),
        ("input_completeness", "fct_input_completeness"),
        ("grant_award", "fct_grant"),
    ):
        assert desk.value(f"select count(*) from bi.{table}") == desk.value(f"select count(*) from mart.{mart}") > 0
    assert desk.value("select sum(charged_real_gbp) from bi.input") == desk.value(
        "select sum(charged_real_gbp) from mart.fct_input"
    )
    assert desk.rows("select state, sentence like 'Start up grant (%%' from bi.grant_award where funding_source = 'start up grant'") == [("ended unspent", True)]  # fmt: skip


def test_a_late_ledger_moves_the_months_that_bear_it(desk: Desk) -> None:
    """Of BBB01 June arrives; AAA01 sends April anew, with the equipment that June takes 580.00 back of: 58 months are
    left of it then, and the money is the grant's. (The last test: it builds anew.)"""
    send(desk, "BBB01", "2026-06", (LATE,))
    send(desk, "AAA01", "2026-04", (*LEDGERS["AAA01", "2026-04"], FORGOTTEN), day=6)
    desk.collect()
    build(desk.settings, models=MODELS)
    hour = gp_hour(desk)
    assert by_month(desk, "AAA01", "sum(charged_nominal_gbp)") == {
        "2026-04": pytest.approx(5996.99 + 10 * hour),
        "2026-05": pytest.approx(447 - 4 * hour),
        "2026-06": pytest.approx(97 + 100 + 120 - 10),
        "2026-07": pytest.approx(307 - 10),
        "2026-08": pytest.approx(297),
    }
    rate = desk.value("select real_gbp_per_nominal_gbp from stg.stg_price where period = '2026-07-01'")
    assert {m: f[1] for m, f in figures(desk, "BBB01").items() if m >= "2026-06"} == {
        "2026-06": pytest.approx(100 * rate), "2026-07": pytest.approx(140 * rate), "2026-08": pytest.approx(100 * rate),
    }  # fmt: skip
    assert figures(desk, "AAA01")["2026-08"][1] == pytest.approx(297 * rate)
    assert desk.value("select sum(unknown_corrections_count) from mart.fct_input_completeness") == 0
    assert ("AAA01", "start_up_grant", 15_000, pytest.approx(16_239.99), 0, "overspent") in desk.rows(GRANTS)
