"""The lineage read from the SQL, beside what the SQL does: every column of every feed is changed, and what moves with
it is what was said to be made of it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from psycopg import sql

from pch.pipeline.build import run_dbt
from pch.registry import BANDS, Column, feeds, metrics
from pch.reports.lineage import TERMS, Lineage
from pch.simulate import Programme
from pch.warehouse.db import Connection, connect
from pch.warehouse.register import import_sites, read_register

MONTH = date(2026, 10, 1)  # surveys of staff and flu vaccination are of this month, too

Cells = Mapping[str, frozenset[tuple[Any, ...]]]


@pytest.fixture
def lineage(desk: Desk, tmp_path: Path) -> Lineage:
    """Of the models of measures, which are made in the desk's warehouse out of a month of one simulated site."""
    programme = Programme.create(sites=1, months=1, end=MONTH, formulary=0.02)
    programme.write_sites_csv(tmp_path / "sites.csv")
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, read_register(tmp_path / "sites.csv"), MONTH)
    for file in programme.files(MONTH):
        desk.push(file.site_code, file.feed, f"{MONTH:%Y-%m}", file.content, name=file.file_name)
    desk.collect()
    made = run_dbt(desk.settings, "run", "--select", "+int_measure__cells")
    assert made.success
    return Lineage.of(desk.settings.home / "dbt" / "target" / "manifest.json")


@pytest.fixture
def live(desk: Desk, lineage: Lineage) -> Connection:
    """Schema ``live``: the same models as views, so that measures move with the raw tables at once."""
    desk.owner.execute("create schema live")
    manifest = json.loads((desk.settings.home / "dbt" / "target" / "manifest.json").read_text())
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "int"]
    waiting = {n["name"]: n["compiled_code"] for n in nodes if n["name"] in used_by(manifest, "int_measure__cells")}
    for name in in_order(manifest, waiting):
        text = waiting[name].replace('"int".', '"live".')
        desk.owner.execute(sql.SQL("create view {} as ").format(sql.Identifier("live", name)) + sql.SQL(text))
    return desk.owner
