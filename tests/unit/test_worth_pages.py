"""The cost and value pages of a known world: the answer, the figures, and what stands where there is none."""

from dataclasses import replace
from math import isclose

import pytest
from pages_world import HOSTILE, Page
from worth_pages_world import CE02, FIRST_SITE, GAP, LAST, SITES, WHY_NOT, costs, unknown, world

from pch.reports.pages import worth_words as say
from pch.reports.pages.charts_plot import FOOT, TOP, Plot, Scale, x_scale
from pch.reports.pages.charts_worth import cost_chart
from pch.reports.pages.worth import worth_pages
from pch.reports.pages.worth_area import AreaValue, World
from pch.reports.pages.worth_charts import Charts
from pch.reports.pages.worth_facts import PROGRAMME, Area, Facts


@pytest.fixture(scope="module")
def pages() -> dict[str | None, Page]:
    return {code: Page(text) for code, text in worth_pages(world(), SITES)}


def plain(page: Page) -> str:
    return " ".join(page.text.split())


def charts(facts: Facts, area: Area = PROGRAMME) -> dict[str, Plot]:
    return {p.name: p for p in Charts(AreaValue(World(facts), area, "Here")).plots}


def test_the_programmes_answer_is_one_sentence_and_four_figures(pages: dict[str | None, Page]) -> None:
    """What came back for a pound: 1 + 3.10 x 300,000 / 1,212,000, and so its limits."""
    said = plain(pages[None])
    back = [f"£{1 + x * 300_000 / 1_212_000:.2f}" for x in (3.1, 0.4, 5.9)]
    assert f"Worth it? Yes: for each pound put in, {back[0]} came back (95% interval {back[1]} to {back[2]})." in said
    for figure in (
        "Put in £1.10 million Known in full for 6,212 of 6,660 site-months (93.3%).",
        "Admissions avoided 1,240 95% interval 775 to 1,700: fewer than without the programme.",
        "Net benefit per patient and year £3.10 Saved less put in. 95% interval £0.40 to £5.90.",
        "How sure 94 in 100 that it pays for itself in money alone. 4 of 4 checks of the estimate passed; 1 could not be made.",
    ):
        assert figure in said, figure


@pytest.mark.parametrize(
    ("verdict", "per_pound", "answer"),
    [
        ("not_worth_it", (0.4, 0.1, 0.8), "No, not in money: for each pound put in, £0.40 came back"),
        ("no_difference_shown", (0.9, 0.2, 1.6), "It cannot be told from chance whether the programme pays for itself: for"),
        ("worth_it", None, "Yes: its net benefit is £3.10 per patient and year."),
        ("cannot_conclude", (2.0, 1.0, 3.0), "We cannot conclude yet whether the programme pays for itself, because inputs"),
    ],
)  # fmt: skip
def test_every_verdict_has_its_answer(verdict: str, per_pound: tuple[float, float, float] | None, answer: str) -> None:
    net = replace(CE02, verdict=verdict, reason="Inputs are known for 40% of the months.")
    assert say.answer("the programme", net, per_pound, world().evaluated).startswith(answer)


def test_a_site_of_which_nothing_can_be_concluded_says_why(pages: dict[str | None, Page]) -> None:
    said = plain(pages["AAA01"])
    why = WHY_NOT[0].lower() + WHY_NOT[1:]
    assert f"We cannot conclude yet whether the programme at {HOSTILE} pays for itself, because {why}." in said
    assert (
        "Admissions avoided cannot conclude An effect of less than 8.9% could not have been seen at this size." in said
    )
    assert "How sure not sure enough 0 of 1 checks of the estimate passed." in said
    assert "One site by itself has too few months for it: see the page of the programme." in said
    assert "BBB01" not in said and "ALL-1" not in said, "nothing of other sites"


def test_what_is_absent_says_why_and_what_to_do() -> None:
    facts = unknown()
    for _, text in worth_pages(facts, SITES):
        said = plain(Page(text))
        for sentence in (
            "because nothing has been evaluated yet. 'pch evaluate run' does it.",
            "Put in not known No input has been returned.",
            "No chart yet. No month has a total, which needs every feed: no month has been built yet.",
            "No chart yet. No budget has been declared. 'pch budgets set' does it.",
            "No grants. None has been recorded. 'pch grants award' does it.",
            "'pch claims add' does it.",
        ):
            assert sentence in said, sentence
        assert said.count("No chart yet.") == 8


def test_a_month_without_a_total_is_a_gap_and_the_parts_add_up() -> None:
    found = charts(world())["cost-all"]
    gap = [row for row in found.rows if "no figure" in row]
    assert [row[0] for row in gap] == [f"{GAP:%Y-%m}"]
    last = next(row for row in found.rows if row[0] == f"{LAST:%Y-%m}")
    pounds = [float(cell.removeprefix("£")) for cell in last[1:]]
    assert isclose(sum(pounds[:-1]), pounds[-1], abs_tol=0.03)
    assert cost_chart("none", costs(FIRST_SITE, known=False)) is None


def test_what_was_taken_back_hangs_below_the_line() -> None:
    found = charts(world(), FIRST_SITE)["inputs-AAA01"]
    zero = next(t.at for t in found.y_ticks if t.label == "£0")
    taken = [m for m in found.marks if m.label.endswith("Own money −£900")]
    assert len(taken) == 1 and f" {zero:.1f}h" in taken[0].d


def test_every_figure_of_a_chart_is_told_in_words(pages: dict[str | None, Page]) -> None:
    drawn = charts(world())
    assert list(drawn) == ["inputs-all", "cost-all", "course-all", "events-all", "methods-all", "plane-all",
                           "acceptability-all", "budget-sites"]  # fmt: skip
    said = plain(pages[None])
    for name, plot in drawn.items():
        assert pages[None].table(f"{plot.title}: its figures") == [plot.header, *plot.rows], name
        assert plot.described in said, name
        assert all(cell in plot.described for row in plot.rows for cell in row), name


def test_the_naive_comparison_stands_beside_the_estimate(pages: dict[str | None, Page]) -> None:
    said = plain(pages[None])
    assert (
        "gives −9.3%; compared with what would have been it is −4.0%. The difference of 5.3 percentage points" in said
    )
    rows = charts(world())["methods-all"].rows
    assert [row[:2] for row in rows] == [
        ["Before and after only", "−9.3%"],
        ["Compared with sites that had not begun", "−4.0%"],
    ]


def test_the_budget_shows_how_far_chance_reaches() -> None:
    plot = charts(world())["budget-sites"]
    assert plot.caption == "6 of 11 sites have something left; of 5 it is more, or less, than chance makes."
    assert sum(m.kind == "beyond" for m in plot.marks) == 5 and sum(m.kind == "within" for m in plot.marks) == 6
    (own,) = [p for name, p in charts(world(), FIRST_SITE).items() if name == "budget-AAA01"]
    assert own.rows[-1][:4] == ["2026-03", "£39.6 million", "£40.0 million", "−£436,000"]


def test_marks_stand_where_their_values_are() -> None:
    scale = Scale([-2.0, 10.0], FOOT, TOP)
    for tick in scale.ticks("£"):
        value = float(tick.label.replace("−", "-").replace("£", ""))
        assert isclose(tick.at, scale(value)) and TOP <= tick.at <= FOOT
    assert x_scale([0.0, 5.0])(0.0) == 80, "an axis that begins at nought begins there"


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0.4, "£0.40"), (-12.345, "−£12.35"), (1234.5, "£1,230"), (999_400, "£999,000"),
     (999_600, "£1.00 million"), (-43_249_000, "−£43.2 million")],
)  # fmt: skip
def test_pounds(value: float | None, said: str) -> None:
    assert say.pounds(value) == said
