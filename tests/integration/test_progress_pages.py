"""The progress pages of a real warehouse: what was pushed, built and declared stands on them, in words that agree."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from input_cases import fresh_desk
from pages_world import Page
from progress_year import LAST, MONTHS, SILENT_FROM, SITES, THIRTEENTH, push, rate, register
from terminal import Terminal

from pch.reports.pages import index_file, write_pages
from pch.reports.pages import progress_words as say
from pch.reports.pages.progress import progress_pages
from pch.reports.pages.progress_facts import read_progress
from pch.settings import Settings
from pch.warehouse.db import connect
from pch.warehouse.programme import declared

BECAUSE = "Agreed by the board of the site."
UNIT = "per_1000_person_years"


@pytest.fixture(scope="module")
def desk(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Six sites over twenty-five months; DROP has everything declared that can be."""
    with fresh_desk(server, tmp_path_factory.mktemp("year")) as desk:
        register(desk)
        for month in MONTHS:
            for site in SITES:
                if site != "GONE" or month < SILENT_FROM:
                    push(desk, site, month)
        desk.collect()
        declare(desk)
        desk.build()
        yield desk
        shutil.rmtree(index_file(desk.settings).parent, ignore_errors=True)


def declare(desk: Desk) -> None:
    target = declared.Target("PH01", "DROP", THIRTEENTH, 110, BECAUSE, LAST, 98)
    fact = declared.Fact("DROP", "integrated_workforce", "in_place", THIRTEENTH, "Seen at the visit.")
    with connect(desk.settings, "owner") as conn:
        declared.set_targets(conn, [target], "Ann")
        declared.choose_priority(conn, "DROP", "PH01", MONTHS[20], BECAUSE, "Ann")
        declared.record_characteristics(conn, [fact], "Bob")
        declared.declare_rebase(conn, "PH01", "DROP", THIRTEENTH, "Another way of working.", "Ann")


@pytest.fixture(scope="module")
def folder(desk: Desk) -> Path:
    return write_pages(desk.settings).parent


def words(folder: Path, site: str, begins: str, ends: str) -> str:
    """What the page of a site says between two headings."""
    text = " ".join(Page.of(folder / f"progress.{site}.html").text.split())
    return text.partition(begins)[2].partition(ends)[0]


def test_a_priority_stands_first_with_everything_said_of_it(folder: Path) -> None:
    now, before = rate(12 * 2 * 8, 12 * 2000), rate(12 * 2 * 10, 12 * 2000)
    own = words(folder, "DROP", "The site's own priorities", "How to read the charts")
    for said in (
        "Of 1 metric, since the site's baseline: 1 improved. Emergency admissions, all causes PH01 improved",
        f"Why it is a priority: {BECAUSE} Chosen by Ann on ",
        f"Now 96.0 per 1,000 patients a year 95% interval {say.interval(now.lower, now.upper, UNIT)} the twelve months to "
        "January 2026",
        f"Baseline 120 per 1,000 patients a year 95% interval {say.interval(before.lower, before.upper, UNIT)} the twelve "
        "months to December 2024. Frozen on ",
        "Change −24.0 per 1,000 patients a year",
        "−20.0% of the baseline",
        "Target 98.0 per 1,000 patients a year in January 2026: met. The site's own: 110 in January 2025 to 98.0 in January "
        f"2026. {BECAUSE}",
        "Among its peers Cannot say because",
        "One of 5 sites with a figure, too few for tenths. It is",
        "A change worth having (5%) would show, in four of five cases, after",
    ):  # fmt: skip
        assert said in own, said


def test_the_chart_begins_anew_with_limits_of_its_own(folder: Path) -> None:
    """Of 108, 84, 96, 108 ...: the mean moving range of the first twelve is 180 / 11."""
    own = words(folder, "DROP", "The site's own priorities", "How to read the charts")
    width = 2.66 * 180 / 11
    assert (
        f"Mean 96.0, limits {say.interval(96 - width, 96 + width, UNIT)}, of the first twelve months from January 2025"
        in own
    )
    assert "January 2025: the chart begins anew. Another way of working." in own
    assert "2024-12 120; 2025-01 108; 2025-02 84.0; 2025-03 96.0;" in own


@pytest.mark.parametrize(
    ("site", "change", "parts"),
    [("DROP", "−24.0", ["−24.0", "0", "0", "0", "0"]), ("LEFT", "−60.0", ["0", "−60.0", "0", "0", "0"])],
)
def test_a_change_is_split(site: str, change: str, parts: list[str], folder: Path) -> None:
    header, amounts = Page.of(folder / f"progress.{site}.html").table("What made the change of PH01")
    assert header[:3] == ["The whole change", "What the same practices did", "Practices that came or went"]
    assert amounts == [change, *parts]


def test_a_site_is_shown_at_the_newest_month_its_data_speak_of(folder: Path) -> None:
    said = words(folder, "GONE", "Progress of", "For the central team")
    assert "Figures up to June 2025, the newest month" in said
    assert "Figures up to January 2026" in words(folder, "SAME", "Progress of", "For the central team")


def test_what_nobody_sent_cannot_be_told(folder: Path) -> None:
    doctors = words(folder, "SAME", "Fully qualified GPs per 10,000 patients WF01 cannot say", "WF02 cannot say")
    assert "Now No figure: accepted data cover 0.0% of registered patients." in doctors
    assert "No chart because there is no monthly figure." in doctors
    rows = {row[0]: row[1] for row in Page.of(folder / "progress.DROP.html").table("The four characteristics")[1:]}
    assert rows["An integrated workforce"] == "in place"
    assert rows["A unified, capitated budget"] == "Cannot say because nobody has recorded it."


def test_sentences_and_figures_are_said_alike(desk: Desk) -> None:
    """The verdict's sentence is made in the warehouse, the figures beside it here."""
    facts = read_progress(desk.settings)
    assert facts is not None
    compared = [j for j in facts.judged if j.change is not None and j.verdict != "cannot_say"]
    assert {j.unit for j in compared} >= {UNIT, "gbp_per_person_month", "pct"}
    for j in compared:
        assert f", {say.quantity(j.value, j.unit)} in {say.window(j.period_window, j.period)}, " in j.verdict_text
        assert f"({say.window(j.period_window, j.baseline_last_period)})" in j.verdict_text


def test_the_command_writes_both_pages_of_a_site(desk: Desk) -> None:
    index = index_file(desk.settings)
    shutil.rmtree(index.parent, ignore_errors=True)
    assert Terminal(desk.settings).says("pages") == f"The pages begin at {index.as_uri()}"
    for site in SITES:
        assert f"progress.{site}.html" in {a["href"] for a in Page.of(index.with_name(f"site.{site}.html")).all("a")}
        assert f"site.{site}.html" in {a["href"] for a in Page.of(index.with_name(f"progress.{site}.html")).all("a")}


def test_before_a_build_there_are_no_progress_pages(settings: Settings) -> None:
    assert read_progress(settings) is None


def test_the_whole_programme_takes_seconds(desk: Desk) -> None:
    """185 sites x every metric, each with the figures of DROP's PH01. The last of this module: it adds them."""
    for model in ("fct_spc", "fct_progress", "fct_metric_value"):
        names = [row[0] for row in desk.rows(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum", f"mart.{model}",
        )]  # fmt: skip
        made = {"site_code": "'T' || n", "metric_code": "m.metric_code"}
        desk.owner.execute("set role dbt")
        desk.owner.execute(
            f"""insert into mart.{model} select {", ".join(made.get(name, f"f.{name}") for name in names)}
                from mart.{model} as f cross join mart.dim_metric as m cross join generate_series(101, 285) as n
                where (f.metric_code, f.site_code) = ('PH01', 'DROP')"""
        )
        desk.owner.execute("reset role")
    started = time.monotonic()
    facts = read_progress(desk.settings)
    assert facts is not None
    pages = dict(progress_pages(facts, {f"T{n}": f"Site {n}" for n in range(101, 286)}))
    seconds = time.monotonic() - started
    drawn = [svg for svg in Page(pages["T200"]).all("svg") if svg.get("role") == "img"]
    assert len(drawn) == len({j.metric_code for j in facts.judged}) > 40
    assert len(pages) == 185 and facts.shown["T200"] == LAST
    assert seconds < 60, f"{seconds:.0f} s"
