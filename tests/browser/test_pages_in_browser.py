"""The quality pages in a real browser: what it renders, what it asks the network for, what a hostile name does to it.

Needs Chromium (``apt-get install chromium``); without it the tests are skipped, but for CI, where they fail.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pages_world import HOSTILE, Page, world

from pch.reports.pages import write

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)


class Browser:
    """Chromium without a window and without services of its own; it writes down every request it makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "requests.json"

    def run(self, page: Path, *arguments: str) -> str:
        quiet = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip
        done = subprocess.run(
            [CHROMIUM, *quiet, f"--user-data-dir={self.folder / 'profile'}", f"--log-net-log={self.log}", *arguments,
             page.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout

    def requested(self) -> set[str]:
        """Every address that the page asked a network for; those the browser asks for itself have no origin."""
        log = json.loads(self.log.read_text())
        asked = [event["params"] for event in log["events"] if "initiator" in event.get("params", {})]
        return {str(a["url"]) for a in asked if a["initiator"] != "not an origin"}


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    if not CHROMIUM:
        missing = "Chromium is not here: the pages were not looked at in a browser"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return Browser(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    write(world(), made / "index.html")
    return made


def test_the_index_as_rendered(browser: Browser, folder: Path) -> None:
    page = Page(browser.run(folder / "index.html", "--dump-dom"))
    rows = page.table("Returns for March 2026 by feed")
    assert [row[:3] for row in rows[1:]] == [
        ["Hospital activity 3 due", "66.7% better by 33.3 than 2026-02", "0"],
        ["Registered patients 3 due, 1 awaited", "100% better by 66.7 than 2026-02", "0"],
    ]
    header, *months = page.table("Month by feed, newest first")
    assert [row[header.index("Registered patients")] for row in months] == ["100%", "33.3% 1 m 1 w 1 q", "100%"]
    assert len(page.all("svg")) == 2


@pytest.mark.parametrize("name", ["index", "2026-02", "2026-02.registered_list", "site.AAA02"])
def test_a_page_stands_alone(name: str, browser: Browser, folder: Path) -> None:
    """Nothing is asked of a network, though a site's name, a sentence and a reason all try."""
    page = Page(browser.run(folder / f"{name}.html", "--dump-dom"))
    assert browser.requested() == set()
    assert HOSTILE in page.text
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_the_browser_would_have_told(browser: Browser, tmp_path: Path) -> None:
    """The log of requests does hold them: a page that does load something is caught."""
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><title>x</title><img src="http://evil.example/x">')
    browser.run(page, "--dump-dom")
    assert browser.requested() == {"http://evil.example/x"}


def test_what_is_folded_on_the_screen_is_printed(browser: Browser, folder: Path, tmp_path: Path) -> None:
    text = (folder / "2026-02.hospital_activity.html").read_text(encoding="utf-8")
    unfolding = "details::details-content { content-visibility: visible; block-size: auto; }"
    assert unfolding in text
    sheets = []
    for name, content in (("whole", text), ("folded", text.replace(unfolding, ""))):
        page, paper = tmp_path / f"{name}.html", tmp_path / f"{name}.pdf"
        page.write_text(content, encoding="utf-8")
        browser.run(page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
        sheets.append(paper.read_bytes().count(b"/Type /Page\n"))
    assert sheets[0] > sheets[1] > 0
