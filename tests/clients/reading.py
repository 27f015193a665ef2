"""What every client asks of the warehouse, what it must be answered, and what it needs to be here."""

import os
import shutil
from datetime import date

import pytest

from pch.settings import Role

ROLE: Role = "bi_reader"
TABLES = {"metric", "site", "month", "site_result", "area_result", "current_result"}  # at least
QUERY = """
select s.site_name, r.period, r.value, r.state
from bi.site_result as r
inner join bi.site as s on r.site_code = s.site_code
where r.metric_code = 'PH01' and r.period_window = 'r12' and r.period in ('2026-02-01', '2026-06-01')
order by r.site_code, r.period
"""
EARLY, JUNE = date(2026, 2, 1), date(2026, 6, 1)
ANSWER = [
    ("Höhe – Nord", EARLY, None, "not_due"),  # fewer than twelve months: a state, and no 0
    ("Höhe – Nord", JUNE, 144.0, "received"),  # 12 of 1,000 a month
    ("Plain Green", EARLY, None, "not_due"),
    ("Plain Green", JUNE, 258.0, "received"),  # 27, 26, ... 16 of 1,000: 21.5 on average
]


def program(name: str, package: str) -> str:
    """Path of a program of the system."""
    path = shutil.which(name)
    return path or absent(f"{name} is not here (Debian's package {package})")


def absent(what: str) -> str:
    """Skips the test, saying what is not here; in CI it fails."""
    missing = f"{what}: this client did not read the warehouse"
    pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
