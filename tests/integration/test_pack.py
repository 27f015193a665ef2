"""The evaluator pack and the cost and value pages of a real warehouse: what leaves the house, and that it can be made
again byte for byte from what the sites pushed."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from desk import Desk
from pages_world import Page
from terminal import Terminal
from worth_world import LAST, LIVE, SPENT, small, world

from pch.errors import Refused
from pch.evaluation.reading import read
from pch.evaluation.run import evaluate
from pch.pipeline.batches import Batch
from pch.pipeline.build import build_worth
from pch.pipeline.collect import load
from pch.pipeline.compiled import compiled
from pch.pipeline.review import review
from pch.reports.pack import Pack, export, verify
from pch.reports.pages import index_file, write_pages
from pch.settings import Settings
from pch.warehouse.db import connect
from pch.warehouse.rebuild import forget

BECAUSE = "The refresh window has closed."


@dataclass(frozen=True)
class Exported:
    """A bundle, and what is in it. ``manifest``: dbt's, of the models as they were compiled."""

    desk: Desk
    manifest: Path
    pack: Pack

    def text(self, name: str) -> str:
        with zipfile.ZipFile(self.pack.path) as opened:
            return opened.read(name).decode()

    def rows(self, table: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(f"data/{table}.csv"))))


def panel(settings: Settings) -> str | None:
    """The checksum of the panel as it is."""
    with connect(settings, "evaluator") as conn:
        found = read(conn)
    return found.panel_sha256 if found else None


def evaluated(desk: Desk, manifest: Path, folder: Path, because: str = BECAUSE) -> Pack:
    """Evaluated by the rules for few sites, and exported."""
    evaluate(desk.settings, because, "tester", small())
    build_worth(desk.settings)
    return export(desk.settings, manifest, folder, panel(desk.settings))


@pytest.fixture(scope="module")
def exported(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    with world(server, tmp_path_factory.mktemp("worth")) as desk:
        manifest = compiled(desk.settings)
        yield Exported(desk, manifest, evaluated(desk, manifest, tmp_path_factory.mktemp("pack")))
        shutil.rmtree(index_file(desk.settings).parent, ignore_errors=True)


# what is in it


def test_a_bundle_is_named_after_its_months_and_its_checksum(exported: Exported) -> None:
    manifest = json.loads(exported.text("manifest.json"))
    assert exported.pack.path.name == f"pch-evaluation-{LAST:%Y-%m}-{manifest['sha256'][:12]}.zip"
    assert (manifest["first_period"], manifest["last_period"]) == ("2026-01", "2026-10")
    assert manifest["panel_sha256"] == panel(exported.desk.settings)
    assert manifest["definitions"]["PH01"] >= 1 and manifest["definitions"]["CE02"] >= 1
    assert manifest["settings_are_as_declared"] is False, "this evaluation was told to take fewer sites"
    assert json.loads(exported.text("evaluation/settings.json"))["least_sites"] == 1


def test_every_file_has_its_checksum_and_nothing_else_is_there(exported: Exported) -> None:
    manifest = json.loads(exported.text("manifest.json"))
    with zipfile.ZipFile(exported.pack.path) as opened:
        told = {f["path"]: (f["bytes"], f["sha256"]) for f in manifest["files"]}
        found = {n: (len(opened.read(n)), sha256(opened.read(n)).hexdigest()) for n in opened.namelist()}
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    del found["manifest.json"]
    assert told == found
    for name in (
        "README.txt",
        "dictionary.json",
        "lineage.json",
        "evaluation/evaluation.yml",
        "reference/unit_costs.csv",
    ):
        assert name in told
    assert verify(exported.pack.path).problems == []


def test_the_tables_are_those_of_schema_bi_in_both_forms(exported: Exported) -> None:
    shown = exported.desk.rows(
        "select relname from pg_class where relnamespace = 'bi'::regnamespace and relkind in ('r', 'v')"
        " and left(relname, 3) <> 'bi_'"
    )
    tables = json.loads(exported.text("tables.json"))
    assert set(tables) == {name for (name,) in shown} > {"effect", "worth", "worth_plane", "claim", "site_result"}
    with zipfile.ZipFile(exported.pack.path) as opened:
        for name, told in tables.items():
            parquet = pq.read_table(io.BytesIO(opened.read(f"data/{name}.parquet")))
            columns = [c["name"] for c in told["columns"]]
            assert parquet.column_names == columns and parquet.num_rows == told["rows"], name
            assert len(exported.rows(name)) == told["rows"], name
            assert not {"built_at", "as_of", "finished_at"} & set(columns), name
            assert told["description"] and all(c["description"] for c in told["columns"]), name


def test_the_figures_are_those_that_schema_bi_shows(exported: Exported) -> None:
    with connect(exported.desk.settings, "bi_reader") as conn:
        shown = conn.execute(
            "select sum(charged_real_gbp), count(*) from bi.input where site_code = 'AAA01'"
        ).fetchone()
        worth = conn.execute("select metric_code, variant, area_type, area_code, verdict from bi.worth").fetchall()
    assert shown is not None
    inputs = [float(r["charged_real_gbp"]) for r in exported.rows("input") if r["site_code"] == "AAA01"]
    assert sum(inputs) == pytest.approx(shown[0], abs=1e-6) and len(inputs) == shown[1]
    cash = [float(r["cash_nominal_gbp"]) for r in exported.rows("input") if r["funding_source"] == "own"]
    assert sum(cash) == SPENT * 10, "ten months of AAA01"
    key = ("metric_code", "variant", "area_type", "area_code", "verdict")
    assert sorted(tuple(r[name] for name in key) for r in exported.rows("worth")) == sorted(worth)


def test_nothing_small_is_in_it(exported: Exported) -> None:
    """A count of people is 0, or 8 and more, and a multiple of five."""
    for table in ("site_result", "area_result", "effect", "cost"):
        column = {"effect": "observed", "cost": "activity_count"}.get(table, "numerator")
        counted = [r for r in exported.rows(table) if r[column] and r.get("is_money") != "true"]
        if table.endswith("_result"):
            counted = [r for r in counted if r["metric_code"] == "PH01"]
        assert counted and all(float(r[column]) % 5 == 0 for r in counted), table


def test_the_dictionary_and_the_lineage_can_be_followed(exported: Exported) -> None:
    dictionary, lineage = (json.loads(exported.text(f"{name}.json")) for name in ("dictionary", "lineage"))
    assert dictionary["cost_effectiveness"]["CE02"][0]["formula"]
    newest = dictionary["metrics"]["PH01"][-1]
    made = lineage["metrics"][f"PH01.v{newest['version']}"]["numerator"]
    assert made == newest["numerator"] and made in dictionary["measures"]
    assert {"feed": "hospital_activity", "column": "events_count"}.items() <= lineage["measures"][made]["columns"][
        0
    ].items()


def test_the_charts_are_drawn_from_what_is_shown(exported: Exported) -> None:
    """Inputs of the programme by month: those of AAA01, of schema bi."""
    drawn = exported.text("plots/inputs-all.svg")
    assert drawn.startswith("<svg ") and "<script" not in drawn
    october = [r for r in exported.rows("input") if r["period"] == f"{LAST}" and r["funding_source"] == "own"]
    pounds = sum(float(r["charged_real_gbp"]) for r in october)
    assert f"{LAST:%Y-%m}, Own money £{float(f'{pounds:.3g}'):,.0f}" in drawn


# that it can be made again


def test_the_same_raw_store_gives_the_same_bytes(exported: Exported, tmp_path: Path) -> None:
    """Everything forgotten, read again backwards in small batches, built at once, evaluated again."""
    desk = exported.desk
    before = exported.pack.path.read_bytes()
    with connect(desk.settings, "owner") as conn:
        forget(conn)
    waiting = desk.rows(
        """select feed, period, array_agg(submission_id order by submission_id desc)
           from ops.queue inner join ops.submission using (submission_id)
           group by feed, period order by period desc, feed desc"""
    )
    for feed, period, submissions in waiting:
        load(desk.settings, Batch(feed, f"{period:%Y-%m}", submissions, "one"))
    review(desk.settings)
    desk.build()
    again = evaluated(desk, exported.manifest, tmp_path, "To make the bundle again.")
    assert again.path.name == exported.pack.path.name, differences(exported.pack.path, again.path)
    assert again.path.read_bytes() == before


def differences(one: Path, other: Path) -> list[str]:
    """The first line of each file that differs."""
    with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
        differ = [n for n in a.namelist() if n not in b.namelist() or a.read(n) != b.read(n)]
        lines = {
            n: zip(a.read(n).splitlines(), b.read(n).splitlines(), strict=False) for n in differ if n in b.namelist()
        }
        return [f"{n}: {next((x for x in pairs if x[0] != x[1]), 'length')!r}"[:600] for n, pairs in lines.items()]


def test_one_published_figure_changed_is_another_bundle(exported: Exported, tmp_path: Path) -> None:
    desk = exported.desk
    table, column = "bi.grant_award", "spent_gbp"
    desk.owner.execute(f"update {table} set {column} = {column} + 0.01 where site_code = 'AAA01'")
    try:
        changed = export(desk.settings, exported.manifest, tmp_path, panel(desk.settings))
    finally:
        desk.owner.execute(f"update {table} set {column} = {column} - 0.01 where site_code = 'AAA01'")
    assert changed.sha256 != exported.pack.sha256
    touched = {line.partition(":")[0] for line in differences(exported.pack.path, changed.path)}
    assert touched == {"manifest.json", "data/grant_award.csv", "data/grant_award.parquet"}


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("changed", "data/worth.csv is not as it was exported."),
        ("removed", "data/worth.csv is missing."),
        ("added", "data/more.csv is not in the manifest: it was added."),
        ("manifest", "The manifest does not agree with its own checksum: it was changed."),
    ],
)
def test_what_was_touched_is_told(how: str, problem: str, exported: Exported, tmp_path: Path) -> None:
    touched = tmp_path / exported.pack.path.name
    with zipfile.ZipFile(exported.pack.path) as source, zipfile.ZipFile(touched, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "data/worth.csv":
                if how == "removed":
                    continue
                content = content.replace(b"CE02", b"CE03", 1) if how == "changed" else content
            if name == "manifest.json" and how == "manifest":
                content = content.replace(b'"last_period": "2026-10"', b'"last_period": "2026-11"')
            target.writestr(name, content)
        if how == "added":
            target.writestr("data/more.csv", "x")
    assert verify(touched).problems == [problem]


def test_what_is_no_bundle_is_refused(exported: Exported, tmp_path: Path) -> None:
    torn = tmp_path / "torn.zip"
    torn.write_bytes(exported.pack.path.read_bytes()[:-100])
    with pytest.raises(Refused, match="no evaluator pack, or is damaged"):
        verify(torn)
    with pytest.raises(Refused, match="There is no file"):
        verify(tmp_path / "none.zip")


def test_figures_and_findings_of_different_data_are_refused(exported: Exported, tmp_path: Path) -> None:
    settings, manifest = exported.desk.settings, exported.manifest
    with pytest.raises(Refused, match="The data have changed since evaluation"):
        export(settings, manifest, tmp_path, "0" * 64)
    with pytest.raises(Refused, match="and evaluation 4711 no more"):
        export(settings, manifest, tmp_path, panel(settings), 4711)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_write_and_check_a_bundle(exported: Exported, tmp_path: Path) -> None:
    terminal = Terminal(exported.desk.settings)
    said = terminal.says("evaluate", "export", "--to", tmp_path)
    (bundle,) = tmp_path.iterdir()
    manifest = json.loads(zipfile.ZipFile(bundle).read("manifest.json"))
    files = len(manifest["files"])
    assert said == f"{bundle} {files} files, SHA-256 {manifest['sha256']}"
    whole = f"Whole and untouched: {files} files, SHA-256 {manifest['sha256']}. Is it the one you were told?"
    assert terminal.says("evaluate", "verify", bundle) == whole
    with zipfile.ZipFile(bundle, "a") as opened:
        opened.writestr("data/more.csv", "x")
    assert terminal.says("evaluate", "verify", bundle, code=1) == "data/more.csv is not in the manifest: it was added."


# the pages of the same warehouse


def test_the_pages_say_what_the_marts_hold(exported: Exported) -> None:
    desk = exported.desk
    index = write_pages(desk.settings)
    pages = {name: " ".join(Page.of(index.with_name(name)).text.split()) for name in ("worth.html", "worth-AAA01.html")}
    reason = desk.value("select reason from mart.fct_worth where (metric_code, area_type) = ('CE02', 'programme')")
    verdict = desk.value("select verdict from mart.fct_worth where (metric_code, area_type) = ('CE02', 'programme')")
    if verdict == "cannot_conclude":
        assert "We cannot conclude yet whether the programme pays for itself, because " in pages["worth.html"]
        assert reason.rstrip(".")[1:] in pages["worth.html"]
    whole = desk.value("select sum(charged_real_gbp) from mart.fct_input")
    assert f"Put in £{float(f'{whole:.3g}'):,.0f} Known in full for " in pages["worth.html"]
    for finding in desk.rows("select finding from mart.fct_effect_diagnostic where area_type = 'programme' "
                             "and (outcome, method) = ('emergency_admissions', 'staggered')"):  # fmt: skip
        assert finding[0] in pages["worth.html"]
    linked = {a["href"] for a in Page.of(index.with_name("worth.html")).all("a")}
    assert {f"worth-{site}.html" for site in LIVE} <= linked
