"""The cost and value pages in a real browser: what it shows, on screens and on paper, and what axe says of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.selenium import Axe
from pages_world import HOSTILE
from pages_world import world as quality
from progress_pages_world import world as progress
from selenium.webdriver.common.by import By
from test_pages_in_browser import Browser, browser  # noqa: F401 - a fixture
from walker import NARROW, WIDE, Walker, walker
from worth_pages_world import unknown, world

from pch.reports.pages import write

PAGES = ("worth.html", "worth-AAA01.html", "worth-AAA02.html", "none/worth.html")
#  Words of every drawing that leave it, or stand upon other words of it
COLLISIONS = """
return [...document.querySelectorAll('svg[role=img]')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = texts.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1
    || b.bottom > frame.bottom + 1).map(([said]) => said + ' leaves it');
  for (const [i, [one, a]] of texts.entries()) for (const [two, b] of texts.slice(i + 1))
    if (Math.min(a.right, b.right) > Math.max(a.left, b.left) && Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top) + 3)
      out.push(one + ' upon ' + two);
  return out.map(said => svg.querySelector('title').textContent + ': ' + said);
});"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("worth")
    write(quality(), made / "index.html", None, progress(), world())
    write(quality(), made / "none" / "index.html", None, progress(), unknown())
    return made


@pytest.fixture(scope="module")
def person(folder: Path) -> Iterator[Walker]:
    with walker(f"{folder.as_uri()}/", folder, has_script=True) as made:
        yield made


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_on_any_screen(name: str, person: Walker) -> None:
    """By axe, by its width, and by whether the words of its charts can be told apart; it loads nothing."""
    person.go(name)
    for width in (NARROW, WIDE):
        person._resize(width)
        person._picture(f"{name.replace('/', '-')}-{width}")
        assert person.driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert person.driver.execute_script(COLLISIONS) == []
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in Axe().run(person.driver)["violations"]] == []
    assert person.driver.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_words_upon_one_another_would_have_been_told(person: Walker, folder: Path) -> None:
    drawn = '<text x="10" y="20">one</text><text x="12" y="20">two</text><text x="190" y="40">three</text>'
    page = f'<!doctype html><svg role="img" width="200" height="50"><title>A chart</title>{drawn}</svg>'
    (folder / "wrong.html").write_text(page, encoding="utf-8")
    person.go("wrong.html")
    assert person.driver.execute_script(COLLISIONS) == ["A chart: three leaves it", "A chart: one upon two"]


def test_a_board_member_finds_the_answer_first(person: Walker) -> None:
    """The answer and the four figures are seen without scrolling, from the first page on."""
    person.go("index.html")
    person._resize(WIDE)
    person.follow("Cost and value")
    seen = [
        person.driver.find_element(By.CSS_SELECTOR, ".lead"),
        *person.driver.find_elements(By.CSS_SELECTOR, ".four dd"),
    ]
    assert [e.text.partition("\n")[0] for e in seen[1:]] == ["£1.10 million", "1,240", "£3.10", "94 in 100"]
    assert seen[0].text.startswith("Worth it? Yes: for each pound put in, £1.77 came back")
    assert all(e.rect["y"] + e.rect["height"] < 500 for e in seen)
    person.follow("AAA01")
    assert HOSTILE.split("{{")[0].strip() in person.text
    person.follow("Progress of AAA01")
    person.follow("Cost and value")
    assert person.path == "worth-AAA01.html"


def test_the_figures_of_a_chart_unfold(person: Walker) -> None:
    person.go("worth.html")
    details = person.driver.find_element(By.TAG_NAME, "details")
    assert not details.find_element(By.TAG_NAME, "table").is_displayed()
    details.find_element(By.TAG_NAME, "summary").click()
    assert "2026-03" in details.find_element(By.TAG_NAME, "table").text


def test_the_charts_are_printed(folder: Path, browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    """On paper are the charts, on five sheets at most; what is folded is not."""
    text = (folder / "worth.html").read_text(encoding="utf-8")
    whole, without = tmp_path / "whole.html", tmp_path / "without.html"
    whole.write_text(text, encoding="utf-8")
    without.write_text(re.sub(r"<svg class=\"plot\" role.*?</svg>", "", text, flags=re.S), encoding="utf-8")
    sheets = {}
    for page in (whole, without):
        paper = page.with_suffix(".pdf")
        browser.run(page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
        sheets[page.stem] = paper.read_bytes().count(b"/Type /Page\n")
    assert sheets["whole"] > sheets["without"] and sheets["whole"] <= 5
    assert browser.requested() == set()
