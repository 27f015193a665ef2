"""The quality pages of a world known by heart: every figure, every sentence escaped, nothing loaded, no dead link."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from pages_world import ACTIVITY, FEBRUARY, HOSTILE, JANUARY, LIST, MARCH, Page, world

from pch import registry
from pch.registry.rules import load_rules, ratios, rules_of, totals
from pch.reports.pages import render, words, write
from pch.reports.pages.cells import Cell, Grid
from pch.reports.pages.charts import HEIGHT, of_rule, of_trouble, top_of
from pch.reports.pages.facts import Facts
from pch.reports.pages.index import index_page
from pch.reports.pages.month import lead
from pch.settings import PROJECT

PCH = PROJECT / "include" / "pch"
CONTRACT, ROWS = "Contract, broken", "Rows, broken"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    write(world(), made / "index.html")
    return made


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    return {path.name: Page.of(path) for path in sorted(folder.iterdir())}


def cell(period: date, feed: str) -> Cell:
    return world().cell(period, registry.feed(feed))


# figures


def test_a_page_for_every_month_feed_and_site(pages: dict[str, Page]) -> None:
    assert sorted(pages) == sorted(
        [
            "index.html", "2026-01.html", "2026-02.html", "2026-03.html", "2026-01.registered_list.html",
            "2026-02.registered_list.html", "2026-03.registered_list.html", "2026-02.hospital_activity.html",
            "2026-03.hospital_activity.html", "site.AAA01.html", "site.AAA02.html", "site.AAA03.html",
        ]
    )  # fmt: skip


def test_the_index_says_which_feed_is_bad_why_whose_and_whether_it_got_better(pages: dict[str, Page]) -> None:
    rows = pages["index.html"].table("Returns for March 2026 by feed")
    assert rows[0][:6] == ["Feed", "In order", "Rejected", "Missing", "With warnings", "What is wrong, and whose"]
    assert [row[:9] for row in rows[1:]] == [
        ["Hospital activity 3 due", "66.7% better by 33.3 than 2026-02", "0", "0", "1", "warning bygone rule: AAA03",
         "0", "100%", "100%"],
        ["Registered patients 3 due, 1 awaited", "100% better by 66.7 than 2026-02", "0", "0", "0", "Nothing open",
         "0", "66.7%", "100%"],
    ]  # fmt: skip
    assert (
        "Of 6 returns for March 2026, 4 are in order (80.0%), 0 rejected, 0 missing, 1 with warnings and 1 awaited. "
        "Worst is Hospital activity: 66.7% in order, better by 33.3 than 2026-02." in pages["index.html"].text
    )


def test_all_months_stand_beside_all_feeds(pages: dict[str, Page]) -> None:
    header, *rows = pages["index.html"].table("Month by feed, newest first")
    at = [header.index(title) for title in ("Hospital activity", "Registered patients", "Staff survey")]
    assert [[row[0], *(row[i] for i in at)] for row in rows] == [
        ["2026-03", "66.7% 1 w", "100%", "not due"],
        ["2026-02", "33.3% 2 r", "33.3% 1 m 1 w 1 q", "not due"],
        ["2026-01", "not due", "100%", "not due"],
    ]


def test_a_month_names_the_sites_not_in_order_worst_first(pages: dict[str, Page]) -> None:
    rows = pages["2026-02.html"].table("Sites with anything rejected")
    assert [[row[0], *row[2:]] for row in rows[1:]] == [
        ["AAA03", "1", "1", "0", "Hospital activity rejected, Registered patients missing"],
        ["AAA02", "1", "0", "1", "Hospital activity rejected, Registered patients with warnings"],
    ]
    feeds = pages["2026-02.html"].table("Returns for February 2026 by feed")
    assert feeds[1][0] == "Hospital activity 3 due"
    assert feeds[1][5] == "error bad count: AAA02, AAA03 error negative events: AAA03 and 2 more rules"


def test_a_feed_shows_what_is_open_gravest_first(pages: dict[str, Page]) -> None:
    rows = pages["2026-02.hospital_activity.html"].table("Worst first")
    assert [row[0].split()[0] for row in rows[1:]] == ["AAA03", "AAA02", "ZZZ99"]
    assert [row[1] for row in rows[1:]] == [
        "rejected 2 attempts; attempt 1 stays in use", "rejected 1 attempt; none in use", "not expected",
    ]  # fmt: skip
    assert rows[1][2] == (
        "error What bad_count says of AAA03. Push it again. bad_count "
        "error What negative_events says of AAA03. Push it again. negative_events "
        "warning What practice_not_of_site says of AAA03. Push it again. practice_not_of_site, attempt 1"
    )
    assert (3, "Missing (1)") in pages["2026-02.registered_list.html"].headings


def test_a_rule_says_what_it_was_asked_of_and_how_many_broke_it(pages: dict[str, Page]) -> None:
    page = pages["2026-02.hospital_activity.html"]
    assert [row[2:-1] for row in page.table(CONTRACT)[1:]] == [["5 files", "2", "40.0%", "2", "2"]]
    assert [row[2:-1] for row in page.table(ROWS)[1:]] == [["at least 0", "120,000 rows", "12", "<0.1%", "1", "1"]]
    listed = pages["2026-02.registered_list.html"]
    assert listed.table(ROWS)[1][:-1] == [
        "implausible patients warning",
        "More than 20,000 patients in one practice, sex and age band. The largest list known in England, 89,786 "
        "patients, has under 8,000 in any one band.",
        "at most 20000", "2,234 rows", "3", "0.1%", "1", "0",
    ]  # fmt: skip


def test_every_rule_in_force_is_listed_once(pages: dict[str, Page]) -> None:
    page = pages["2026-02.hospital_activity.html"]
    tables = [rows for caption, rows in page.tables.items() if caption.endswith("broken in this month")]
    names = [row[0].rsplit(" ", 1)[0] for rows in tables for row in rows[1:]]
    assert sorted(names) == sorted(r.name for r in rules_of(ACTIVITY, FEBRUARY).values())
    gone = pages["2026-03.hospital_activity.html"].table(ROWS)[1]
    assert gone[:2] == ["bygone rule warning", "This rule is not in force any more."]


def test_not_applicable_is_not_the_same_as_not_asked(pages: dict[str, Page]) -> None:
    rows = {row[0]: row[2] for row in pages["2026-01.registered_list.html"].table("History, not broken")[1:]}
    assert rows["unusual total warning"] == "not applicable"
    assert rows["copy of last month warning"] == "not asked"


def test_what_is_let_pass_is_shown_with_what_was_found(pages: dict[str, Page]) -> None:
    (row,) = pages["2026-02.registered_list.html"].table("In force")[1:]
    assert row[:3] == ["AAA01", "implausible_patients", "2026-02 to 2026-03"]
    assert row[4] == "Let through."
    (later,) = pages["2026-03.registered_list.html"].table("In force")[1:]
    assert later[4] == "Nothing"
    assert "Nothing is let pass." in pages["2026-01.registered_list.html"].text


def test_a_site_shows_its_months_and_what_is_open(pages: dict[str, Page]) -> None:
    header, *rows = pages["site.AAA03.html"].table("What became of each return")
    at = [header.index(title) for title in ("Hospital activity", "Registered patients")]
    assert [[row[0], *(row[i] for i in at)] for row in rows] == [
        ["2026-03", "with warnings", "awaited"],
        ["2026-02", "rejected", "missing"],
        ["2026-01", "not due", "in order"],
    ]
    assert [text for level, text in pages["site.AAA03.html"].headings if level == 3] == [
        "Hospital activity, March 2026", "Hospital activity, February 2026",
    ]  # fmt: skip


# figures behind them


def test_shares_leave_out_what_is_awaited() -> None:
    march = cell(MARCH, LIST)
    assert (march.tally.due_count, march.tally["awaited"], march.tally.in_order_pct) == (3, 1, 100)
    assert march.tally.reporting_pct == pytest.approx(200 / 3)
    assert march.files_accepted_pct == 100
    assert cell(FEBRUARY, LIST).tally.rows_count == 2_234


def test_the_month_before_is_the_newest_in_which_the_feed_was_due() -> None:
    assert cell(FEBRUARY, ACTIVITY).before is None
    assert cell(MARCH, LIST).change_points == pytest.approx(200 / 3)
    before = cell(FEBRUARY, LIST).before
    assert before is not None and before.period == JANUARY


def test_a_chart_stacks_shares_to_a_common_height() -> None:
    february = cell(FEBRUARY, LIST)
    top_pct = top_of([cell(FEBRUARY, ACTIVITY), february])
    assert top_pct == pytest.approx(200 / 3)
    chart = of_trouble(february, top_pct)
    assert [(c.kind, round(c.height, 2), round(c.y, 2)) for c in chart.columns] == [
        ("missing", HEIGHT / 2, HEIGHT / 2), ("warned", HEIGHT / 2, 0),
    ]  # fmt: skip
    assert {c.x for c in chart.columns} == {120}  # the last of thirteen
    assert chart.described.startswith("2025-02 not due; ") and chart.described.endswith("2026-01 0%; 2026-02 66.7%")
    assert top_of([cell(JANUARY, LIST)]) == 5  # little is not made much of


def test_a_rules_trend_is_to_its_own_height() -> None:
    chart = of_rule(cell(MARCH, ACTIVITY), "negative_events")
    assert chart is not None
    assert (chart.top_pct, len(chart.columns)) == (pytest.approx(0.01), 1)
    assert chart.described.endswith("2026-01 not asked; 2026-02 <0.1%; 2026-03 0%")
    assert of_rule(cell(MARCH, ACTIVITY), "negative_bed_days") is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.04, "<0.1%"),
        (12.345, "12.3%"),
        (99.95, ">99.9%"),
        (99.89, "99.9%"),
        (100.0, "100%"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(value: float | None, said: str) -> None:
    assert words.pct(value) == said


def test_a_month_of_which_everything_is_awaited_has_no_share() -> None:
    """Nothing is divided by nothing."""
    facts = world().facts
    awaited = [replace(r, outcome="awaited") for r in facts.returns if r.period == JANUARY]
    grid = Grid(replace(facts, returns=awaited, standing=[]))
    assert lead(grid, JANUARY) == (
        "Of 3 returns for January 2026, 0 are in order, 0 rejected, 0 missing, 0 with warnings and 3 awaited. Nothing is "
        "rejected, missing or in question."
    )
    assert "awaited" in index_page(grid)


def test_an_empty_ledger_has_an_index(tmp_path: Path) -> None:
    nothing = Facts(world().facts.as_of, {}, [], [], [], [], [], [], [])
    write(Grid(nothing), tmp_path / "index.html")
    assert "No return has been due and none has arrived yet." in Page.of(tmp_path / "index.html").text


def test_a_month_is_written_with_those_whose_trends_it_is_part_of(tmp_path: Path) -> None:
    index = tmp_path / "index.html"
    write(world(), index, [])
    assert (tmp_path / "2026-01.html").exists()  # none was there
    for path in tmp_path.iterdir():
        path.write_text("old")
    write(world(), index, [FEBRUARY])
    old = {path.name for path in tmp_path.iterdir() if path.read_text() == "old"}
    assert old == {"2026-01.html", "2026-01.registered_list.html"}


def test_a_page_is_replaced_whole(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")
    with page.open() as reader:
        render.put(page, "new")
        assert reader.read() == "old"  # whoever had it open reads on
    assert page.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


# what a browser makes of it


def test_nothing_breaks_out_of_its_place(folder: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in page.tags}, name
        assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on") or a == "style"], name
        assert "<script" not in (folder / name).read_text(encoding="utf-8")
    for name in ("index.html", "2026-02.html", "2026-02.registered_list.html", "site.AAA02.html"):
        assert HOSTILE in pages[name].text, name


def test_a_page_loads_nothing_and_every_link_leads_somewhere(pages: dict[str, Page]) -> None:
    ids = {name: [a["id"] for _, a in page.tags if "id" in a] for name, page in pages.items()}
    for name, page in pages.items():
        assert len(ids[name]) == len(set(ids[name])), name
        assert not [a for _, a in page.tags if "src" in a or "srcset" in a], name
        assert "default-src 'none'" in str(next(a for a in page.all("meta") if "http-equiv" in a)["content"])
        for link in page.all("a"):
            target, _, anchor = str(link["href"]).partition("#")
            assert re.fullmatch(r"[A-Za-z0-9._-]*", target), link
            assert (target or name) in pages, f"{name} links to {target}"
            assert not anchor or anchor in ids[target or name], f"{name} links to {target}#{anchor}"


def test_whoever_cannot_see_finds_the_way(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        levels = [level for level, _ in page.headings]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name
        assert all(caption for caption in page.tables), name
        assert all(a.get("scope") in ("col", "row") for a in page.all("th")), name
        assert page.all("html")[0]["lang"] == "en-GB"
        assert len(page.all("table")) == len(page.all("caption")) == len(page.tables), f"{name}: captions repeat"
        ids = {a["id"] for _, a in page.tags if "id" in a}
        for svg in page.all("svg"):
            assert svg["role"] == "img" and set(str(svg["aria-labelledby"]).split()) <= ids, name


INKS = [
    *((ink, ground) for ground in ("paper", "shade")
      for ink in ("ink", "quiet", "link", "rejected", "missing", "warned", "in_order", "awaited")),
    *((ink, ground) for ground in ("high", "middle", "low") for ink in ("ink", "quiet")),
    *(("paper", ground) for ground in ("band", "rejected", "missing")),
]  # fmt: skip


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("ink", "ground"), INKS)
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    """4.5 to 1, as WCAG 2.2 asks of text (success criterion 1.4.3)."""
    style = (PCH / "reports/pages/templates/style.css").read_text()
    colours: dict[str, str] = dict(re.findall(r"--([a-z_]+): (#[0-9a-f]{3,6})", style))
    dark, light = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


# the words of the rules


def _said_by_load() -> Iterator[str]:
    """The names of rules in the code that loads a file: what Reject, Report.add and Finding are given, and a table."""
    sources = [p for p in (PCH / "decode").glob("*.py") if p.name != "lines.py"]  # refused at the door: no finding
    for path in [*sources, PCH / "quality/register.py", PCH / "quality/windows.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            texts: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = {"Reject": 0, "add": 1, "_tell": 3, "Finding": 1}.get(name)
                #  _tell(batch, column, where, severity, rule, ...)
                texts = node.args[place + (name == "_tell") :][:1] if place is not None else []
            elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "RULE":
                assert isinstance(node.value, ast.Dict)
                texts = node.value.values
            yield from (t.value for t in texts if isinstance(t, ast.Constant) and isinstance(t.value, str))


def test_every_rule_of_loading_has_its_words() -> None:
    declared = {*load_rules().of_contract, *load_rules().of_register}
    said = {*_said_by_load(), "nul_byte"}  # parquet names it in a loop
    assert said - declared == set(), "add them to registry/load_rules.yml"
    assert declared - said == set(), "no code says these any more: take them out of registry/load_rules.yml"


@pytest.mark.parametrize("feed", list(registry.feeds()))
def test_words_are_whole_sentences(feed: str) -> None:
    rules = rules_of(feed, MARCH)
    assert len({r.name for r in rules.values()}) == len(rules)
    for rule in rules.values():
        for text in (rule.sentence, rule.reason):
            assert text[0].isupper() or text[0].isdigit() or text[0] == "…", (rule.rule, text)
            assert text.endswith((".", "?")) and "{" not in text and "  " not in text, (rule.rule, text)
    compared = totals(feed) + ratios(feed)
    assert compared and all(c.unremarkable and c.reason.endswith(".") for c in compared)


def test_only_rules_that_can_be_asked_are_listed() -> None:
    assert "bad_money" in rules_of("prescribing", MARCH)
    assert "bad_money" not in rules_of(LIST, MARCH)
    assert {r.layer for r in rules_of(ACTIVITY, MARCH).values()} == {
        "contract", "register", "row", "submission", "cross_feed",
    }  # fmt: skip
    assert "unusual_ratio" not in rules_of("staff_survey", MARCH)  # no ratio begins with it
