"""Cases 14, 16-18, 22 and 24 of what must survive: odd files of three feeds in one month, one collect.

What each file must be told stands in ``input_table``; here it is all sent through the real door, loaded and
built at once, and the sites that sent what they should must not notice.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from input_cases import ACTIVITY, INPUTS, LIST, Case, Month, fresh_desk, practices, run_month
from input_table import CASES

from pch.intake.landing import Landing
from pch.registry import feeds
from pch.settings import Settings

EVERY = [pytest.param(case, id=case.name) for case in CASES]


@pytest.fixture(scope="module")
def month(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("input"))) as desk:
        yield run_month(desk, CASES)


@pytest.mark.parametrize("case", EVERY)
def test_the_verdict_and_its_reason(month: Month, case: Case) -> None:
    receipt = month.receipts[case.name]
    findings = month.desk.findings(receipt)
    assert set(findings) == {rule for rule in (case.rule, *case.beside) if rule}
    assert month.desk.verdict(receipt) == case.verdict
    if case.rule:
        finding = findings[case.rule]
        assert finding["severity"] == case.severity
        for part in case.says:
            assert part in finding["message"], finding["message"]


@pytest.mark.parametrize("case", EVERY)
def test_what_is_said_is_a_sentence_with_a_next_step(month: Month, case: Case) -> None:
    """For a practice manager: nothing of our own machinery, nothing unprintable."""
    for finding in month.desk.findings(month.receipts[case.name]).values():
        for text in (finding["message"], finding["next_step"]):
            assert text.endswith((".", "?")) and text[0].isupper() | text[0].isdigit() and text.isprintable()
            assert not any(word in text for word in ("Traceback", "Exception", "NaN", "None,", "pyarrow", "regex"))


@pytest.mark.parametrize("case", EVERY)
def test_what_reached_raw(month: Month, case: Case) -> None:
    submission = month.receipts[case.name].submission_id
    assert month.desk.value(f"select count(*) from raw.{case.feed} where submission_id = %s", submission) == case.rows
    current = month.desk.value(
        "select count(*) from ops.publication where is_current and submission_id = %s", submission
    )
    assert current == (case.verdict != "rejected")


@pytest.mark.parametrize("case", EVERY)
def test_the_state_of_the_return(month: Month, case: Case) -> None:
    site = month.site(case.name)
    states = dict(
        month.desk.rows("select feed, state from mart.fct_return where site_code = %s and period = '2026-03-01'", site)
    )
    expected = dict.fromkeys(feeds(), "missing") | dict.fromkeys((LIST, ACTIVITY, INPUTS), "received")
    assert states == expected | {case.feed: "rejected" if case.verdict == "rejected" else "received"}
    #  PH01 needs list and activity, IN01 list and inputs: a refused one leaves no figure, and says so
    for metric, needed in (("PH01", {LIST, ACTIVITY}), ("IN01", {LIST, INPUTS})):
        if case.verdict == "rejected" and case.feed in needed:
            found = month.desk.rows(
                """select state, state_reason, value, numerator from mart.fct_metric_value
                   where metric_code = %s and site_code = %s and period = '2026-03-01' and period_window = 'month'""",
                metric, site,
            )  # fmt: skip
            assert found == [("rejected", f"{case.feed} rejected", None, None)]


@pytest.mark.parametrize("case", EVERY)
def test_the_bytes_are_kept(month: Month, case: Case) -> None:
    landing = Landing(month.desk.settings.landing)
    assert landing.get(month.receipts[case.name].sha256) == month.sent[case.name]


def test_the_other_sites_finish(month: Month) -> None:
    """All good files of the month, of the good sites and of the odd ones, in the same batches."""
    good = {name: r for name, r in month.receipts.items() if name not in {c.name for c in CASES}}
    assert len(good) == 3 * 3 + 2 * len(CASES)
    assert {name: month.desk.verdict(r) for name, r in good.items() if month.desk.findings(r)} == {}
    assert {month.desk.verdict(r) for r in good.values()} == {"accepted"}
    batches = month.desk.rows("select feed, submissions_count from ops.batch order by feed")
    assert batches == [(feed, len(CASES) + 3) for feed in (ACTIVITY, INPUTS, LIST)]
    assert month.desk.value("select count(*) from ops.queue") == 0


def test_the_figures_of_a_good_site(month: Month) -> None:
    """2 practices x 38 cells x 10 patients and 2 emergencies: 2/10 in every stratum, so PH01 is 0.2 x 12,000."""
    for name in ("good 1", "good 2", "good 3"):
        site = month.receipts[f"{name} {LIST}"].site_code
        rows = month.desk.rows(
            """select state, numerator, denominator, round(value::numeric, 6) from mart.fct_metric_value
               where site_code = %s and metric_code = 'PH01' and period = '2026-03-01' and period_window = 'month'""",
            site,
        )  # fmt: skip
        assert rows == [("received", 152, 760, 2400)]


def test_every_accepted_list_counts_what_it_says(month: Month) -> None:
    """760 patients a site, however its file was written; rows set aside and repeats are not among them."""
    rows = dict(month.desk.rows("select site_code, sum(registered_count) from mart.fct_population group by 1"))
    rejected = {month.site(c.name) for c in CASES if c.feed == LIST and c.verdict == "rejected"}
    absurd = month.site("list beyond belief")
    assert rows.pop(absurd) == 750 + 999_999_999_999_999
    assert rejected.isdisjoint(rows)
    assert len(rows) + len(rejected) + 1 == len(CASES) + 3
    assert set(rows.values()) == {760}


def test_the_letters_arrive_as_they_were_meant(month: Month) -> None:
    for name in ("inputs in cp1252", "inputs in UTF-8 with a mark", "inputs in UTF-16"):
        found = month.desk.rows(
            "select workstream from raw.programme_inputs where submission_id = %s order by row_number",
            month.receipts[name].submission_id,
        )
        assert found == [("Café – frailty",), ("Frailty",)]


def test_no_replacement_character_and_no_zero_byte_in_any_table(month: Month) -> None:
    """Every row of raw, of the marts and of the ledger as text. (A zero byte cannot be stored: none was cut.)"""
    tables = month.desk.rows(
        """select table_schema, table_name from information_schema.tables
           where table_schema in ('raw', 'mart', 'ops', 'ref') and table_type = 'BASE TABLE'"""
    )
    assert len(tables) > 20
    for schema, table in tables:
        found = month.desk.value(
            f"select count(*) from {schema}.{table} as t where t::text like '%%' || chr(65533) || '%%'"
        )
        assert found == 0, f"{schema}.{table}"
    assert month.desk.value("select count(*) from raw.hospital_activity where sex not in ('female', 'male')") == 0


def test_rows_set_aside_are_kept_counted_and_in_no_figure(month: Month) -> None:
    for name, feed, kept in (
        ("list with a practice of others", LIST, 76),
        ("inputs of a practice of others", INPUTS, 1),
    ):
        receipt = month.receipts[name]
        counted = month.desk.rows(
            "select rows_read, rows_published, rows_set_aside from mart.fct_return where (site_code, feed) = (%s, %s)"
            " and period = '2026-03-01'",
            receipt.site_code, feed,
        )  # fmt: skip
        (read, published, aside) = counted[0]
        assert (read, published - aside) == (published, kept)
    site = month.site("list with a practice of others")
    own = set(practices(int(site[1:])))
    assert {
        p for (p,) in month.desk.rows("select practice_code from mart.fct_population where site_code = %s", site)
    } == own
    #  the site's ledger without the line of a practice that is not its own: 100 pounds of 760 patient-months
    priced = month.desk.value(
        """select numerator * d.deflator_index / 100 from mart.fct_metric_value as v, ref.deflator as d
           where v.metric_code = 'IN01' and v.site_code = %s and v.period = '2026-03-01' and v.period_window = 'month'
           and d.financial_year = (select max(financial_year) from ref.deflator where financial_year <= '2025/26')""",
        month.site("inputs of a practice of others"),
    )
    assert float(priced) == pytest.approx(100)
