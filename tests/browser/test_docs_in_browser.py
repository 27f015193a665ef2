"""The documents in a real browser: the index and its filter, dbt's page, and that none asks the network for anything."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fresh import fresh_warehouse
from pages_world import Page
from test_pages_in_browser import Browser, browser  # noqa: F401 - a fixture

from pch import registry
from pch.pipeline.build import run_dbt
from pch.registry.worth_metric import worth_metrics
from pch.reports.dictionary import write_documents
from pch.settings import Settings

RENDERED = ("--dump-dom", "--virtual-time-budget=5000")
EVERY = {*registry.metrics(), *worth_metrics()}


@pytest.fixture(scope="module")
def site(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All but the types of the models' columns, for which the models would have to be made."""
    made = tmp_path_factory.mktemp("docs")
    with fresh_warehouse(server, made) as settings:
        assert run_dbt(settings, "--quiet", "docs", "generate").success
        write_documents(made / "site", settings.home / "dbt" / "target", date(2027, 1, 1))
        yield made / "site"


def shown(page: Page) -> set[str]:
    """Codes of the metrics whose rows the index shows."""
    hidden_parts = [attributes for tag, attributes in page.tags if tag == "section" and "hidden" in attributes]
    rows = [a for a in page.all("tr") if "data-words" in a]
    codes = {(a["data-words"] or "")[:4].upper() for a in rows if "hidden" not in a}
    assert bool(hidden_parts) == (len(codes) < len(rows))
    return codes


def test_the_index_shows_every_metric(browser: Browser, site: Path) -> None:  # noqa: F811
    page = Page(browser.run(site / "index.html", *RENDERED))
    assert browser.requested() == set()
    assert shown(page) == EVERY
    assert next(a for a in page.all("p") if a.get("class") == "find") == {"class": "find"}, "the script has run"


def test_the_index_shows_what_is_looked_for(browser: Browser, site: Path, tmp_path: Path) -> None:  # noqa: F811
    """The page's own script, by its own policy; only the word is put into the box when it has loaded."""
    typed = "box.value = 'Falls  admission'; box.dispatchEvent(new Event('input'));"
    text = (site / "index.html").read_text(encoding="utf-8")
    page = tmp_path / "index.html"
    page.write_text(text.replace("</script>", typed + "</script>"), encoding="utf-8")
    assert shown(Page(browser.run(page, *RENDERED))) == EVERY, "another script than the page's may not run"
    policy = re.sub(r"script-src '[^']*'", "script-src 'unsafe-inline'", page.read_text(encoding="utf-8"))
    page.write_text(policy, encoding="utf-8")
    assert shown(Page(browser.run(page, *RENDERED))) == {"PH08"}


@pytest.mark.parametrize("name", ["metric.PH01", "metric.CO02", "feed.hospital_activity", "tables"])
def test_a_page_stands_alone(name: str, browser: Browser, site: Path) -> None:  # noqa: F811
    page = Page(browser.run(site / f"{name}.html", "--dump-dom"))
    assert browser.requested() == set()
    assert len(page.tables) >= 3


def test_a_link_into_the_warehouse_opens_the_model(browser: Browser, site: Path) -> None:  # noqa: F811
    linked = re.search(
        r'warehouse\.html(#!/model/[a-z._]*int_hospital__measures)"', (site / "metric.PH01.html").read_text()
    )
    assert linked
    address = (site / "warehouse.html").as_uri() + linked[1]
    text = browser.run(Opened(address), *RENDERED)
    assert browser.requested() == set()
    assert "one is taken." in text, "the comment that opens the model's SQL stands as its description"
    assert re.search(r"<h1[^>]*>\s*(<[^>]*>\s*)*int_hospital__measures", text)


class Opened:
    """An address that is more than a file."""

    def __init__(self, address: str) -> None:
        self.address = address

    def as_uri(self) -> str:
        return self.address
