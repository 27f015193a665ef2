"""The dbt project on a real warehouse: every model, test and unit test; contracts and comments; roles."""

import csv
from collections import defaultdict
from pathlib import Path

import psycopg
import pytest
import yaml
from desk import Desk, activity_file, list_file

from pch.pipeline.build import DBT_PROJECT, run_dbt
from pch.registry import metrics
from pch.settings import Role
from pch.warehouse.db import connect


def declared(kind: str) -> list[dict[str, object]]:
    """All entries under ``kind`` (models, unit_tests) in the project's YAML files."""
    files = (DBT_PROJECT / "models").rglob("*.yml")
    return [entry for file in files for entry in (yaml.safe_load(file.read_text()) or {}).get(kind, [])]


def test_a_build_of_an_empty_warehouse_then_its_unit_tests(desk: Desk) -> None:
    desk.register({"AAA": ["A10001"]})
    desk.push("AAA", "registered_list", "2026-03", list_file(["A10001"]))
    desk.collect()
    assert desk.build()[0].isoformat() == "2026-03-01"
    files = list((DBT_PROJECT / "models").rglob("*.sql"))
    models = {path.stem for path in files if "materialized='ephemeral'" not in path.read_text()}
    assert {f"int_metric__{m}" for m in ("dsr", "indirect_rate", "proportion", "mean", "ratio")}.isdisjoint(models)
    nodes = desk.rows("select node, resource_type, status from ops.dbt_node")
    assert {node.split(".")[-1] for node, kind, _ in nodes if kind == "model"} == models
    assert {status for _, _, status in nodes} == {"success", "pass"}
    assert sum(kind == "test" for _, kind, _ in nodes) >= 10

    outcome = run_dbt(desk.settings, "test", "--select", "test_type:unit")
    results = {r.node.name: str(r.status) for r in outcome.result.results}
    assert results == {str(t["name"]): "pass" for t in declared("unit_tests")}


def test_every_mart_column_is_described_and_typed_as_its_contract_says(desk: Desk) -> None:
    desk.register({"AAA": ["A10001"]})
    desk.push("AAA", "registered_list", "2026-03", list_file(["A10001"]))
    desk.collect()
    desk.build()
    schemas = {
        path.stem: {"marts": "mart"}.get(path.parent.name, path.parent.name) for path in DBT_PROJECT.rglob("*.sql")
    }
    for model in (m for m in declared("models") if schemas[str(m["name"])] in ("mart", "bi") and "columns" in m):
        table = f"{schemas[str(model['name'])]}.{model['name']}"
        columns = desk.rows(
            """select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute
               where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped""",
            table,
        )
        said = {c["name"]: (c["data_type"], c["description"]) for c in model["columns"]}  # type: ignore[attr-defined]
        types = {"timestamptz": "timestamp with time zone"}
        assert {name: (kind, text) for name, kind, text in columns} == {
            name: (types.get(kind, kind), text) for name, (kind, text) in said.items()
        }, model["name"]
        assert desk.value("select obj_description(%s::regclass)", table) == model["description"]


def test_every_metric_has_every_cell(desk: Desk) -> None:
    """Every metric x its windows x 2 sites x every month since the first return."""
    desk.register({"AAA": ["A10001"], "BBB": ["B10001"]})
    desk.push("AAA", "registered_list", "2026-03", list_file(["A10001"]))
    desk.collect()
    desk.build()
    months = desk.value("select count(*) from mart.dim_period")
    cells = desk.value("select count(*) from mart.fct_metric_value")
    assert cells == sum(len(m.windows) for m in metrics().values()) * 2 * months
    assert desk.value("select count(*) from mart.fct_metric_value where value is not null and state not in ('received', 'nil_return')") == 0  # fmt: skip
    assert desk.value("select count(*) from mart.fct_metric_value where value is null and state in ('received', 'nil_return')") == 0  # fmt: skip


def reference_sites(shared: Path) -> dict[str, dict[str, str]]:
    """Expected rates of one month of emergency admissions by site, from the independent package."""
    with (shared / "reference" / "dsr_expected.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["grouping"] == "persons_by_age_and_sex" and r["status"] == "ok"]
    rows = [r for r in rows if r["value"] and (r["metric"], r["month"]) == (rows[0]["metric"], rows[0]["month"])]
    return {r["site_id"]: r for r in rows}


def test_ph01_is_what_an_independent_package_says(desk: Desk, shared: Path) -> None:
    """Strata of the reference go in as files; the mart must show the package's rate and limits to 1e-9."""
    expected = reference_sites(shared)
    assert len(expected) >= 5
    metric, month = next((r["metric"], r["month"]) for r in expected.values())
    strata: dict[str, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    with (shared / "reference" / "standardisation_strata.csv").open() as file:
        for r in csv.DictReader(file):
            if (r["metric"], r["month"]) == (metric, month) and r["site_id"] in expected:
                low, _, high = r["age_band"].partition("-")
                band = f"{int(low)}-{int(high)}" if high else r["age_band"]
                sex = "female" if r["sex"].lower().startswith("f") else "male"
                strata[r["site_id"]][sex, band] = (int(r["count"] or 0), int(r["population"]))
    codes = {site: (f"SITE{n:02}", f"A{n:05}") for n, site in enumerate(sorted(expected))}
    desk.register({code: [practice] for code, practice in codes.values()})
    for site, (code, practice) in codes.items():
        cells = strata[site]
        assert len(cells) == 38
        desk.push(code, "registered_list", "2026-03", list_file([practice], lambda _, s, b, c=cells: c[s, b][1]))
        desk.push(code, "hospital_activity", "2026-03", activity_file([practice], lambda _, s, b, c=cells: c[s, b][0]))
    desk.collect()
    desk.build()
    for site, (code, _) in codes.items():
        row = desk.rows(
            """select value, lower_95, upper_95, lower_998, upper_998 from mart.fct_metric_value
               where metric_code = 'PH01' and period = '2026-03-01' and period_window = 'month' and site_code = %s""",
            code,
        )[0]
        scale = 12000 / float(expected[site]["multiplier"])
        names = ("value", "lower95_0cl", "upper95_0cl", "lower99_8cl", "upper99_8cl")
        assert row == pytest.approx([float(expected[site][n]) * scale for n in names], rel=1e-9), site


ROLES: list[tuple[Role, str, str]] = [
    ("analyst", "select count(*) from mart.fct_return", "delete from mart.fct_return"),
    ("analyst", "select count(*) from ops.current_finding", "insert into ref.practice values ('A00000')"),
    ("bi_reader", "select (stat.rate(20, 1000)).value", "select count(*) from mart.fct_return"),
    ("intake", "select count(*) from ops.submission", "update ops.submission set bytes = 0"),
    ("intake", "select count(*) from ref.site", "select count(*) from raw.registered_list"),
    ("loader", "select count(*) from ops.queue", "delete from ops.verdict"),
    ("loader", "select count(*) from raw.registered_list", "update ops.finding set severity = 'information'"),
    ("dbt", "select count(*) from raw.registered_list", "delete from raw.registered_list"),
]


def test_each_role_can_do_its_work_and_no_more(desk: Desk) -> None:
    desk.register({"AAA": ["A10001"]})
    desk.push("AAA", "registered_list", "2026-03", list_file(["A10001"]))
    desk.collect()
    run_dbt(desk.settings, "run", "--select", "+fct_return")
    for role, allowed, refused in ROLES:
        with connect(desk.settings, role, autocommit=True) as conn:
            assert conn.execute(allowed).fetchone() is not None
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(refused)
