"""The progress pages in a real browser: what it renders and prints, and that it asks the network for nothing."""

import json
import re
from html import unescape
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pages_world import HOSTILE, Page
from pages_world import world as quality
from progress_pages_world import world
from test_pages_in_browser import Browser, browser  # noqa: F401 - a fixture

from pch.reports.pages import write

BLUE, ORANGE = "rgb(0, 94, 184)", "rgb(237, 139, 0)"
#  Where everything of the first chart stands on the screen, and how wide the page would like to be.
MEASURE = """<script>
const wide = document.documentElement.scrollWidth;
const chart = document.querySelector('svg[role=img]');
const seen = [...chart.querySelectorAll('path, text, rect')].map(e => {
  const b = e.getBoundingClientRect();
  return {kind: e.getAttribute('class'), text: e.tagName === 'text' ? e.textContent : null,
          fill: getComputedStyle(e).fill, box: [b.left, b.top, b.right, b.bottom]};
});
const b = chart.getBoundingClientRect();
document.body.innerHTML = '<pre></pre>';
document.querySelector('pre').textContent = JSON.stringify(
  {seen, box: [b.left, b.top, b.right, b.bottom], wide, window: innerWidth});
</script></body>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write(quality(), folder / "index.html", None, world())
    return folder / "progress.AAA01.html"


def measured(browser: Browser, page: Path, width: int, of: str = "@media all") -> dict[str, Any]:  # noqa: F811
    """By the rules ``of`` a medium; with a script of ours, which the page's own policy would refuse."""
    text = re.sub(r"<meta http-equiv.*?>", "", page.read_text(encoding="utf-8"))
    if of == "@media print":
        text = text.replace("@media screen", "@media none").replace(of, "@media all")
    copy = page.with_name("measured.html")
    copy.write_text(text.replace("</body>", MEASURE), encoding="utf-8")
    dom = browser.run(copy, f"--window-size={width},900", "--dump-dom")
    found: dict[str, Any] = json.loads(unescape(dom.partition("<pre>")[2].partition("</pre>")[0]))
    return found


def test_the_page_as_rendered(browser: Browser, page: Path) -> None:  # noqa: F811
    rendered = Page(browser.run(page, "--dump-dom"))
    assert browser.requested() == set()
    assert HOSTILE in rendered.text and not {"script", "img"} & {tag for tag, _ in rendered.tags}
    assert rendered.table("Population health")[1][:2] == [
        "Emergency admissions PH01, per 1,000 patients a year; own priority", "improved",
    ]  # fmt: skip
    drawn = [svg["aria-labelledby"] for svg in rendered.all("svg") if svg.get("role") == "img"]
    assert drawn == [f"chart-{code}-title chart-{code}-figures" for code in ("PH01", "CO01")]


def test_a_chart_can_be_read(browser: Browser, page: Path) -> None:  # noqa: F811
    """Marks have their colour and size, all stands within the chart, and no label upon another."""
    found = measured(browser, page, 1320)
    kinds = {kind: [e for e in found["seen"] if e["kind"] == kind] for kind in ("chance", "better", "worse", "gap")}
    assert {kind: len(each) for kind, each in kinds.items()} == {"chance": 17, "better": 4, "worse": 1, "gap": 3}
    assert {e["fill"] for e in kinds["better"]} == {BLUE} and {e["fill"] for e in kinds["worse"]} == {ORANGE}
    assert all(e["box"][2] - e["box"][0] > 5 for kind in ("chance", "better", "worse") for e in kinds[kind])
    left, top, right, bottom = found["box"]
    for e in found["seen"]:
        inside = e["box"][0] >= left - 1, e["box"][1] >= top - 1, e["box"][2] <= right + 1, e["box"][3] <= bottom + 1
        assert all(inside), e
    labels = [e for e in found["seen"] if e["text"]]
    assert {"target", "new definition", "baseline", "100"} <= {e["text"] for e in labels}
    for a, b in combinations(labels, 2):
        (l1, t1, r1, b1), (l2, t2, r2, b2) = a["box"], b["box"]
        assert min(r1, r2) <= max(l1, l2) or min(b1, b2) <= max(t1, t2) + 3, (a["text"], b["text"])


@pytest.mark.parametrize("width", [1320, 1000, 500])
def test_nothing_is_wider_than_the_window(width: int, browser: Browser, page: Path) -> None:  # noqa: F811
    """But for tables, which scroll by themselves."""
    found = measured(browser, page, width)
    assert found["window"] == width and found["wide"] <= width


def test_facts_stand_beside_the_chart_on_paper_too(browser: Browser, page: Path) -> None:  # noqa: F811
    """On a screen of that width the chart stands below them."""
    left, *_ = measured(browser, page, 700)["box"]
    left_on_paper, *_ = measured(browser, page, 700, of="@media print")["box"]
    assert left < 50 and left_on_paper > 250
