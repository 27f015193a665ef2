"""The pages of the dictionary, of the real registry and of definitions made to be awkward; the words they use."""

import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pages_world import HOSTILE, Page

from pch import registry
from pch.registry.evaluation import Evaluation, evaluation
from pch.registry.measure import measures
from pch.registry.metric import Method, Metric, MetricUnit, Polarity, Variant, Window
from pch.registry.reference import TABLES, TITLES, reference_tables
from pch.registry.worth_metric import WorthMetric, WorthUnit, WorthVariant, worth_metrics
from pch.reports.dictionary import metrics, worth
from pch.reports.dictionary.render import figure, months, render
from pch.reports.dictionary.warehouse import describe, opening_comment, warehouse_page
from pch.reports.dictionary.words import words
from pch.reports.lineage import CELLS, TERMS, Lineage
from pch.reports.lineage.trace import Tracer

TODAY = date(2027, 6, 1)
SQL = """
    select v.measure_code, v.quantity, a.sex, a.age_band from raw.hospital_activity as a
    cross join lateral (values ('emergency_spells', a.events_count), ('elective_spells', a.bed_days))
        as v (measure_code, quantity)
    union all select 'person_months', registered_count, sex, age_band from raw.registered_list
"""


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    return Lineage(Tracer({CELLS: SQL}, {}, {}))


def metric(**other: Any) -> Metric:
    return registry.metrics()["PH01"].model_copy(update=other)


def page_of(lineage: Lineage, *versions: Metric) -> Page:
    facts = metrics.facts(versions, lineage, TODAY)
    return Page(render("metric", facts=facts, today=TODAY, version="0", warehouse="warehouse.html"))


def everything() -> list[Metric]:
    """Every version of every metric, and every variant of it."""
    return [v for versions in registry.definitions().values() for m in versions for v in m.in_variants().values()]


# what stands once, and stands everywhere


def test_every_measure_of_a_metric_is_described_in_a_sentence() -> None:
    of_metrics = {getattr(m, term) for m in everything() for term in TERMS}
    assert of_metrics - {None} <= set(measures())
    assert all(re.fullmatch(r"[A-Z].*\.", text, re.DOTALL) for text in measures().values())
    assert len(set(measures().values())) == len(measures()), "two measures that are the same in words"


def test_there_are_words_for_every_method_unit_window_polarity_and_term() -> None:
    said = words()
    for kind, spoken in ((Method, said.methods), (MetricUnit, said.units), (Window, said.windows)):
        assert set(spoken) == set(get_args(kind))
    assert set(said.worth_units) == set(get_args(WorthUnit))
    assert set(said.polarities) == set(get_args(Polarity)) and set(said.terms) == set(TERMS)


def test_every_reference_table_has_a_title_and_says_its_source() -> None:
    tables = reference_tables()
    assert set(tables) == set(TITLES) == set(TABLES)
    assert {name for name, t in tables.items() if not re.search(r"Source|Eurostat|ONS|PSSRU|NHS", t.about)} == set()
    assert tables["unit_costs"].rows[0]["measure_code"] == "emergency_spells"


# a metric's page


def test_a_metric_in_words_with_its_columns(lineage: Lineage) -> None:
    page = page_of(lineage, metric(next_review=TODAY))
    assert "overdue" not in page.text, "on its day a review is due, not overdue"
    for text in ("Emergency spells in hospital.", "lower is better", "Dobson", "at least 75%", "times 12,000"):
        assert text in page.text
    rows = page.table("From the column of the feed to emergency_spells")
    assert [row[:2] for row in rows[1:]] == [
        ["hospital_activity.events_count", "counted"],
        ["hospital_activity.age_band", "says which rows count"],
        ["hospital_activity.sex", "says which rows count"],
    ]


def test_an_overdue_review_is_marked(lineage: Lineage) -> None:
    assert "overdue This definition was to be reviewed by 31 May 2027" in " ".join(
        page_of(lineage, metric(next_review=date(2027, 5, 31))).text.split()
    )


def test_versions_newest_first_with_what_changed_and_who_signed(lineage: Lineage) -> None:
    second = metric(
        version=2, effective_from=date(2027, 4, 1), signed_by="the board", signed_on=date(2027, 3, 9),
        numerator="elective_spells", age_from=65,
    )  # fmt: skip
    header, newest, oldest = page_of(lineage, metric(), second).table("Newest first")
    assert header == ["Version", "In force", "Signed", "What changed"]
    assert newest == [
        "PH01.v2", "from April 2027", "the board, 9 March 2027",
        "numerator: emergency_spells → elective_spells age from: none → 65",
    ]  # fmt: skip
    assert oldest[:2] == ["PH01.v1", "from the beginning, until April 2027 (not included)"]


def test_a_variant_says_what_it_has_in_place_of_the_metrics(lineage: Lineage) -> None:
    variants = {"planned": Variant(numerator="elective_spells"), "from_65": Variant(age_from=65)}
    page = page_of(lineage, metric(variants=variants))
    text = " ".join(page.text.split())
    assert "planned numerator: elective_spells elective_spells: Planned spells in hospital with a stay." in text
    assert "from 65 age from: 65" in text
    assert page.table("From the column of the feed to elective_spells")[1][:2] == [
        "hospital_activity.bed_days",
        "counted",
    ]


def test_no_text_breaks_out_of_a_page(lineage: Lineage) -> None:
    page = page_of(lineage, metric(name=HOSTILE, why=HOSTILE, exclusions=HOSTILE, source=HOSTILE))
    assert page.text.count(HOSTILE) >= 4
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_a_metric_of_returns_says_that_it_has_no_columns() -> None:
    cells = (
        "select m.measure_code, m.q as quantity from ops.r cross join lateral (values ('returns_expected', r.is_due), "
    )
    cells += "('returns_accepted_by_refresh_close', r.is_ok)) as m (measure_code, q)"
    page = page_of(Lineage(Tracer({CELLS: cells}, {}, {})), registry.metrics()["DQ01"])
    assert page.text.count("what is counted are returns") == 2
    assert "there is no least coverage" in page.text


# cost-effectiveness


def worth_page(metric: WorthMetric, today: date = TODAY) -> Page:
    facts = worth.facts(metric, evaluation(), today)
    return Page(render("worth", facts=facts, today=today, version="0", warehouse="warehouse.html"))


def evaluation_page(how: Evaluation) -> Page:
    told = {"outcomes": how.outcomes, "thresholds": worth.thresholds(how)}
    of_worth = [worth.facts(m, how, TODAY) for m in worth_metrics().values()]
    return Page(render("evaluation", of_worth=of_worth, today=TODAY, version="0", warehouse="warehouse.html", **told))


@pytest.mark.parametrize("code", ["CE01", "CE02", "CE03"])
def test_a_metric_of_cost_effectiveness_says_all_that_its_definition_does(code: str) -> None:
    m = worth_metrics()[code]
    text = " ".join(worth_page(m).text.split())
    told = [m.name, m.why, m.formula, m.exclusions, m.source, m.author, f"{code}.v1", "Next review 1 November 2027"]
    told += [words().polarities[m.polarity], "not read yet", "Checked by nobody yet", "docs/evaluation.md"]
    assert [t for t in told if " ".join(t.split()) not in text] == []
    assert "overdue" not in text


def test_each_figure_with_its_unit_and_the_outcomes_it_is_made_of() -> None:
    page = worth_page(worth_metrics()["CE03"])
    admissions, cost = "Emergency admissions, all causes", "Emergency hospital care and prescribing, in real pounds"
    assert page.table("Each is made of")[1:] == [
        ["admission", "Inputs, per admission avoided", "£ per admission", admissions],
        ["net_admission", "Inputs less savings, per admission avoided", "£ per admission", f"{admissions}; {cost}"],
        ["gp_hour", "Inputs, per GP hour freed", "£ per hour of a GP", "none: see the formula"],
    ]
    assert {"href": "evaluation.html#valued_cost"} in page.all("a")


def test_who_read_and_checked_a_metric_of_cost_effectiveness_and_that_its_review_is_overdue() -> None:
    read = worth_metrics()["CE02"].model_copy(
        update={"source_read": date(2027, 2, 1), "checker": "the board", "version": 3, "next_review": date(2027, 5, 31)}
    )
    text = " ".join(worth_page(read).text.split())
    for told in ("read on 1 February 2027", "Checked by the board", "CE02.v3", "was to be reviewed by 31 May 2027"):
        assert told in text
    assert text.count("overdue") == 2 and "overdue" not in worth_page(read, date(2027, 5, 31)).text


def test_no_text_breaks_out_of_a_page_of_cost_effectiveness() -> None:
    variants = {"all": WorthVariant(title=HOSTILE, unit="admissions")}
    texts = dict.fromkeys(("name", "why", "formula", "exclusions", "source"), HOSTILE)
    page = worth_page(worth_metrics()["CE01"].model_copy(update={**texts, "variants": variants}))
    assert page.text.count(HOSTILE) >= 6
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_the_outcomes_of_an_evaluation_and_the_metrics_made_of_them() -> None:
    header, *rows = evaluation_page(evaluation()).table("What the programme may change")
    assert header == ["Outcome", "Counted", "Over", "Data as in", "Cost-effectiveness"]
    assert [row[1:] for row in rows] == [
        ["emergency_spells", "person_months", "PH01", "CE01, CE03"],
        ["emergency_spells_frail", "frail_person_months", "CO02, frail", "CE01"],
        ["valued_cost_real_gbp", "need_weighted_person_months", "CO01", "CE02, CE03"],
        ["elective_spells", "person_months", "PH01", "none"],
    ]
    assert rows[0][0] == "Emergency admissions, all causes sex and age are taken out of the comparison"
    assert rows[2][0].endswith("in real pounds as it stands, not by sex and age; in money")
    assert rows[3][0].endswith("the programme cannot change it: an effect on it says that something else is at work")
    assert {o.events for o in evaluation().outcomes.values()} <= set(measures())


def test_every_threshold_is_said_with_its_figure() -> None:
    others = {
        "settling_months": 7, "least_months_before": 8, "least_controls": 4, "least_sites": 9, "least_covered_pct": 62.5,
        "detectable_effect_pct": 11, "least_input_complete_pct": 81, "alpha_diagnostic": 0.02, "seed": 20180402,
    }  # fmt: skip
    assert set(words().thresholds) == set(others) == set(Evaluation.model_fields) - {"outcomes"}
    found = worth.thresholds(evaluation().model_copy(update=others))
    assert [name for name, figure in others.items() if f" {figure}" not in found[name]] == []
    text = " ".join(evaluation_page(evaluation()).text.split())
    for told in (
        "settling months The first 6 months from the one in which a site went live are neither before nor with effect",
        "least controls A month is compared where at least 3 sites of the region had not gone live by then.",
        "Of the months with effect, at least 20% must have somebody to be compared with.",
        "known in full for at least 75% of the site-months", "where its p is below 0.01:", "begins from 20170401,",
    ):  # fmt: skip
        assert told in text


# the warehouse's page


def test_dbt_shows_what_the_sql_and_the_database_say_of_themselves() -> None:
    node = {
        "description": "",
        "raw_code": "-- Grain: a site.\n-- Caveat.\nselect 1 -- no",
        "columns": {},
        "root_path": "x",
    }
    describe(
        node, {"metadata": {"comment": "not this"}, "columns": {"a": {"comment": "An a."}, "b": {"comment": None}}}
    )
    assert node["description"] == "Grain: a site. Caveat." and "root_path" not in node
    columns: Any = node["columns"]
    assert {name: c["description"] for name, c in columns.items()} == {"a": "An a.", "b": ""}
    described = {
        "description": "Said.",
        "raw_code": "-- Grain",
        "columns": {"a": {"name": "a", "description": "Mine."}},
    }
    describe(described, {"metadata": {"comment": None}, "columns": {"a": {"comment": "Other."}}})
    assert described["description"] == "Said." and described["columns"]["a"]["description"] == "Mine."  # type: ignore[index]
    assert opening_comment("select 1") == ""


def test_no_text_of_a_model_ends_the_script_that_holds_it(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"nodes": {}, "sources": {}, "docs": "</script><b>"}')
    (tmp_path / "catalog.json").write_text('{"nodes": {}, "sources": {}}')
    (tmp_path / "index.html").write_text('<script>o=["MANIFEST.JSON INLINE DATA","CATALOG.JSON INLINE DATA"]</script>')
    page = warehouse_page(tmp_path)
    assert page.count("</script>") == 1 and "\\u003c/script>" in page and "INLINE DATA" not in page


@pytest.mark.parametrize(
    ("value", "text"), [(75, "75"), (12_000, "12,000"), (166.66666666666666, "166.667"), (0.5, "0.5")]
)
def test_a_figure(value: float, text: str) -> None:
    assert figure(value) == text


def test_months() -> None:
    assert months(list(range(1, 13))) == "every month"
    assert months([3, 12]) == "March, December"
