"""The documents as ``pch docs`` writes them: complete, linked, from the real registry, the real SQL and a real database."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fresh import fresh_warehouse
from pages_world import Page

from pch import registry
from pch.local import documents
from pch.registry.measure import measures
from pch.registry.worth_metric import worth_metrics
from pch.reports.lineage import Lineage
from pch.settings import Settings
from pch.warehouse.db import connect

OVERDUE = date(2027, 5, 2)  # a day after the first reviews fall due
RETURNS = "ops.return_state"


@pytest.fixture(scope="module")
def folder(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("docs")
    with fresh_warehouse(server, made) as settings:
        documents.write(settings, made / "site", OVERDUE)
        yield made / "site"


@pytest.fixture(scope="module")
def lineage(server: Settings, folder: Path) -> Lineage:
    return Lineage.of(server.home / "dbt" / "target" / "manifest.json")


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    return {path.name: Page.of(path) for path in sorted(folder.iterdir()) if path.name != "warehouse.html"}


@pytest.fixture(scope="module")
def warehouse(folder: Path) -> dict[str, Any]:
    """What dbt's page holds of the models and sources."""
    text = (folder / "warehouse.html").read_text(encoding="utf-8")
    held, _ = json.JSONDecoder().raw_decode(text, text.index('{"metadata": {"dbt_schema_version"'))
    return dict(held)


# lineage


def test_every_metric_comes_from_columns_of_each_of_its_feeds_and_of_no_other(lineage: Lineage) -> None:
    definitions = (m for versions in registry.definitions().values() for m in versions)
    for metric in (variant for m in definitions for variant in m.in_variants().values()):
        made = lineage.of_metric(metric).values()
        if metric.feeds == "all":  # what is counted are the returns of every feed
            assert all(RETURNS in each.tables for each in made), metric.definition_id
        else:
            feeds = {c.feed for each in made for c in each.columns if c.is_counted}
            assert feeds == {c.feed for each in made for c in each.columns} == set(metric.feeds), metric.definition_id


def test_every_measure_is_made_of_something_by_a_path_of_models(lineage: Lineage) -> None:
    for code in measures():
        made = lineage.of_measure(code)
        assert made.columns or made.tables, f"{code} is described, and no model makes it"
        assert not [t for t in made.tables if not t.startswith(("ref.", "ops."))], "the trace ends within the models"
        for c in made.columns:
            assert c.models[0].endswith(("__measures", "__list")) and c.models[-1] == f"stg_{c.feed}", code


def test_the_columns_of_a_few_measures_are_known_by_heart(lineage: Lineage) -> None:
    def columns(code: str) -> tuple[set[str], set[str]]:
        found = [c for c in lineage.of_measure(code).columns if c.column != "practice_code"]
        return tuple({f"{c.feed}.{c.column}" for c in found if c.is_counted is kind} for kind in (True, False))  # type: ignore[return-value]

    activity = {f"hospital_activity.{c}" for c in ("pod", "condition_group")}
    assert columns("emergency_spells_falls") == ({"hospital_activity.events_count"}, activity)
    assert columns("input_in_kind_real_gbp") == (
        {"programme_inputs.amount_gbp", "programme_inputs.hours"},
        {
            f"programme_inputs.{c}"
            for c in ("funding_source", "staff_role", "cost_category", "line_id", "correction_of")
        },
    )
    assert columns("indicator_hyp008_met") == (
        {"clinical_indicators.numerator_count"},
        {"clinical_indicators.indicator_code", "clinical_indicators.cohort"},
    )
    counted, deciding = columns("total_cost_real_gbp")
    assert {name.split(".")[0] for name in counted} == {
        "hospital_activity", "gp_appointments", "prescribing", "programme_inputs", "interventions",
    }  # fmt: skip
    assert "hospital_activity.cost_gbp" not in counted | deciding, "activity has national prices, not the site's"
    assert {"ref.unit_cost", "ref.hourly_cost", "ref.deflator"} <= set(lineage.of_measure("total_cost_real_gbp").tables)
    assert "ref.unit_cost" not in lineage.of_measure("prescribing_cost_real_gbp").tables


# pages


def test_a_page_for_every_metric_and_feed_and_no_other(pages: dict[str, Page]) -> None:
    assert set(pages) == {
        *(f"metric.{code}.html" for code in (*registry.metrics(), *worth_metrics())), *(f"feed.{feed}.html" for feed in registry.feeds()),
        "index.html", "measures.html", "methods.html", "evaluation.html", "tables.html", "words.html",
    }  # fmt: skip
    linked = {a["href"] for a in pages["index.html"].all("a")}
    assert linked >= {name for name in pages if name.startswith(("metric.", "feed."))} | {"warehouse.html"}
    lead = " ".join(pages["index.html"].text.split())
    assert "46 metrics in 7 aims, made of 10 feeds, and 3 of cost-effectiveness, made of what an" in lead


def test_a_metric_says_all_that_its_definition_does(pages: dict[str, Page]) -> None:
    for code, m in registry.metrics().items():
        text = " ".join(pages[f"metric.{code}.html"].text.split())
        told = [m.name, m.why, m.exclusions, m.cohort, m.source, m.author, m.aim, m.definition_id]
        told += [measures()[m.numerator], measures()[m.denominator], f"{m.next_review:%-d %B %Y}"]
        assert [t for t in told if " ".join(t.split()) not in text] == [], code


def test_overdue_reviews_are_marked(pages: dict[str, Page]) -> None:
    late = {m.code for m in registry.overdue(registry.metrics().values(), OVERDUE)}
    assert late, "nothing is overdue on that day: choose a later one"
    marked = {name[7:11] for name, page in pages.items() if "This definition was to be reviewed by" in page.text}
    assert marked == late
    lead = next(p.text for name, p in pages.items() if name == "index.html")
    assert f"{len(late)} reviews are overdue" in " ".join(lead.split())


def test_a_feed_shows_its_contract_and_its_rules(pages: dict[str, Page]) -> None:
    for name, feed in registry.feeds().items():
        page = pages[f"feed.{name}.html"]
        rows = page.table("In the order of the contract")[1:]
        assert [row[0].split()[0] for row in rows] == [c.name for c in feed.columns]
        assert all(text in page.text for c in feed.columns for text in (c.description, *c.values, *c.aliases))
        assert len(page.table("Contract: can the file be read?")) > 10 and len(page.table("Rows:")) > 1
    falls = next(
        row for row in pages["feed.hospital_activity.html"].table("In the order") if row[0].startswith("condition")
    )
    assert falls[-1] == "PH02, PH03, PH08"


def test_every_link_leads_somewhere(pages: dict[str, Page], warehouse: dict[str, Any]) -> None:
    anchors = {name: {attributes.get("id") for _, attributes in page.tags} for name, page in pages.items()}
    known = {f"#!/{n['resource_type']}/{key}" for kind in ("nodes", "sources") for key, n in warehouse[kind].items()}
    for name, page in pages.items():
        for target in (a["href"] or "" for a in page.all("a")):
            file, hash_, anchor = target.partition("#")
            if file == "warehouse.html":
                assert not hash_ or hash_ + anchor in known, f"{name}: {target}"
            else:
                assert (file or name) in pages, f"{name}: {target}"
                assert not anchor or anchor in anchors[file or name], f"{name}: {target}"


def test_nothing_is_loaded_from_anywhere(folder: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert [t for t, _ in page.tags if t in ("img", "link", "iframe", "object")] == [], name
        assert [t for t, _ in page.tags if t == "script"] == (["script"] if name == "index.html" else [])
        assert not [1 for _, attributes in page.tags if "src" in attributes or "style" in attributes], name
        assert "url(" not in (folder / name).read_text(encoding="utf-8")
    text = (folder / "warehouse.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|iframe)[^>]*\ssrc=|<link[^>]*stylesheet", text) == []


# the warehouse


def test_dbt_shows_every_model_and_source_with_a_description(warehouse: dict[str, Any]) -> None:
    models = {n["name"]: n["description"] for n in warehouse["nodes"].values() if n["resource_type"] == "model"}
    assert set(models) >= {"stg_hospital_activity", "int_measure__cells", "fct_metric_value"}
    assert [name for name, text in models.items() if not text] == []
    raw = {s["name"]: s for s in warehouse["sources"].values() if s["source_name"] == "raw"}
    assert set(raw) == set(registry.feeds()) and all(s["description"] for s in raw.values())
    for name, feed in registry.feeds().items():
        assert {c.name: raw[name]["columns"][c.name]["description"] for c in feed.columns} == {
            c.name: c.description for c in feed.columns
        }


def test_the_documents_name_no_folder_of_the_machine_that_made_them(folder: Path, server: Settings) -> None:
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(server.home) not in text and str(documents.__file__).split("/include/")[0] not in text, path.name


def test_a_database_of_its_own_is_started_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with documents.empty_warehouse(Settings(home=tmp_path / "home")) as own:
        assert own.home.parent == tmp_path and own.db_port != Settings().db_port
        with connect(own, "analyst") as conn:
            assert conn.execute("select count(*) > 40 from ref.metric").fetchone() == (True,)
    assert list(tmp_path.iterdir()) == [], "nothing is left, and nothing was written into the home folder"
