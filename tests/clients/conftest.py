"""What every client reads: a small programme of known rates, built once in a warehouse of its own.

Two sites push fifteen months of lists and admissions. All strata of AAA have the same rate in every month: a constant
rate standardises to itself, so its figure is known without a calculation. BBB has one admission a stratum less each month.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fresh import fresh_warehouse

from pch.settings import Settings
from pch.warehouse.db import connect
from pch.warehouse.register import import_sites, read_register

sys.path.append(str(Path(__file__).parents[1] / "integration"))
from desk import Desk, activity_file, list_file

MONTHS = [f"{2025 + (3 + n) // 12}-{(3 + n) % 12 + 1:02}" for n in range(15)]  # 2025-04 to 2026-06
REGISTER = """site_code,site_name,practice_code,valid_from,start_date,region
AAA,Höhe – Nord,A10001,2025-01-01,2025-01-01,North
BBB,Plain Green,B10001,2025-01-01,2025-01-01,South
"""


@pytest.fixture(scope="session")
def programme(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("programme")
    (folder / "sites.csv").write_text(REGISTER, encoding="utf-8")
    with fresh_warehouse(server, folder) as settings:
        with connect(settings, "owner") as conn:
            import_sites(conn, read_register(folder / "sites.csv"), date.today())
        with connect(settings, "owner", autocommit=True) as conn:
            desk = Desk(settings, conn)
            for n, month in enumerate(MONTHS):
                for site, practice, admitted in (("AAA", "A10001", 12), ("BBB", "B10001", 30 - n)):
                    desk.push(site, "registered_list", month, list_file([practice], lambda *_: 1_000))
                    desk.push(site, "hospital_activity", month, activity_file([practice], lambda *_, a=admitted: a))
            desk.collect()
            desk.build()
        yield settings
