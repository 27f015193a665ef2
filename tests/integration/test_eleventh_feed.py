"""A feed is added by its own files. A copy of the project gets an eleventh one, of nothing but the files that
CONTRIBUTING names and a metric on it; in a process of its own it goes from push to metric. Whatever else needed to
know the feed's name would make this fail.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fresh import fresh_warehouse

from pch.settings import PROJECT, Settings

FEED, TOPIC, METRIC = "carer_support", "carers", "CA01"
CELLS = "dbt_project/models/intermediate/int_measure__cells.sql"

CONTRACT = """
feed: carer_support
title: Carer support
description: Unpaid carers known to each practice and those of them whose needs were reviewed in the period.
version: 1
grain: [practice_code]
columns:
  - {name: practice_code, type: code, pattern: "[A-Z][0-9]{5}", description: ODS code of the practice.}
  - {name: carers_count, type: count, unit: patients, aliases: [carers], description: Carers on the register.}
  - {name: reviewed_count, type: count, unit: patients, description: Those of them reviewed in the period.}
null_tokens: {"*": suppressed}
"""

SUITE = {
    "name": FEED,
    "expectations": [
        {
            "type": "expect_column_pair_values_a_to_be_greater_than_b",
            "kwargs": {"column_A": "carers_count", "column_B": "reviewed_count", "or_equal": True},
            "severity": "critical",
            "meta": {
                "rule": "more_reviewed_than_carers",
                "message": "more carers were reviewed than there are.",
                "next_step": "Check both counts; correct the file and push it again.",
                "reason": "The reviewed are among the carers.",
            },
        }
    ],
    "meta": {
        "totals": [
            {
                "name": "carers_count", "column": "carers_count", "label": "carers", "least_change_pct": 50,
                "least_total": 50, "reason": "Registers move slowly.",
            }
        ]
    },
}  # fmt: skip

SOURCE = """
version: 2
sources:
  - name: raw
    tables: [{name: carer_support}]
"""

STAGING = """
-- Grain: a row of the current submission (practice).
select
    r.site_code,
    r.practice_code,
    r.period,
    r.carers_count,
    r.reviewed_count,
    {{ suppressed('carers_count') }} as is_carers_count_suppressed,
    {{ suppressed('reviewed_count') }} as is_reviewed_count_suppressed
from {{ source('raw', 'carer_support') }} as r
where {{ practice_is_of_site() }}
"""

MEASURES = """
-- Grain: site x practice x period x measure.
{{ measures_of(
    ref('stg_carer_support'),
    measures=[['carers', 'carers_count'], ['carers_reviewed', 'reviewed_count']]
) }}
"""

DEFINITION = """
code: CA01
name: Carers reviewed
aim: Experience
why: Carers who are looked after can go on caring.
numerator: carers_reviewed
denominator: person_months
exclusions: None.
feeds: [carer_support, registered_list]
unit: per_1000_person_months
multiplier: 1000
polarity: higher_is_better
method: crude_rate
windows: [month]
cohort: all
source: Our own.
source_read: null
author: one
checker: null
next_review: 2027-11-01
version: 1
"""

ADDED = {
    f"include/pch/registry/feeds/{FEED}.yml": CONTRACT,
    f"expectations/{FEED}.json": json.dumps(SUITE),
    f"include/pch/registry/examples/{FEED}.csv": "practice_code,carers_count,reviewed_count\nA81001,40,12\n",
    f"dbt_project/models/staging/stg_{FEED}.yml": SOURCE,
    f"dbt_project/models/staging/stg_{FEED}.sql": STAGING,
    f"dbt_project/models/intermediate/int_{TOPIC}__measures.sql": MEASURES,
    f"include/pch/registry/metrics/{METRIC}.yml": DEFINITION,
}

#  Site AAA: 760 patients, 19 carers reviewed. Site BBB: more reviewed than there are.
DAY = """
import json
import sys

import pch
from desk import Desk, list_file
from pch.settings import Settings
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import connect

settings = Settings()
prepare(settings)
with connect(settings, "owner", autocommit=True) as owner:
    desk = Desk(settings, owner)
    desk.register({"AAA": ["A10001", "A10002"], "BBB": ["B10001"]})
    desk.push("AAA", "registered_list", "2026-03", list_file(["A10001", "A10002"]))
    good = desk.push("AAA", "carer_support", "2026-03", "practice_code,Carers,reviewed_count\\nA10001,40,12\\nA10002,30,7\\n")
    bad = desk.push("BBB", "carer_support", "2026-03", "practice_code,carers_count,reviewed_count\\nB10001,4,12\\n")
    desk.collect()
    desk.build_figures()
    figure = "select state, numerator, denominator, value from mart.fct_metric_value where metric_code = 'CA01' and site_code = %s and period = '2026-03-01'"
    json.dump(
        {
            "code": pch.__file__,
            "verdicts": [desk.verdict(good), desk.verdict(bad)],
            "rules": sorted(desk.findings(bad)),
            "figures": [desk.rows(figure, "AAA"), desk.rows(figure, "BBB")],
        },
        open(sys.argv[1], "w"),
    )
"""


def with_one_more_feed(copy: Path) -> None:
    """The project in ``copy``, and the eleventh feed in it."""
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    for path, text in ADDED.items():
        assert not (copy / path).exists()
        (copy / path).write_text(text.lstrip())
    cells = (copy / CELLS).read_text()
    first = "    'hospital',\n"
    assert cells.count(first) == 1
    (copy / CELLS).write_text(cells.replace(first, f"{first}    '{TOPIC}',\n"))


def test_the_files_are_those_that_contributing_names() -> None:
    section = (PROJECT / "CONTRIBUTING.md").read_text().split("## Add a feed")[1].split("\n## ")[0]
    named = {
        path.replace("<feed>", FEED).replace("<topic>", TOPIC) for path in re.findall(r"^\| `(.+?)`", section, re.M)
    }
    assert named == set(ADDED) - {f"include/pch/registry/metrics/{METRIC}.yml"} | {CELLS}


def test_an_eleventh_feed_goes_from_push_to_metric(server: Settings, tmp_path: Path) -> None:
    copy, home, found = tmp_path / "project", tmp_path / "home", tmp_path / "found.json"
    with_one_more_feed(copy)
    home.mkdir()
    shutil.copy(server.secrets_file, home)
    with fresh_warehouse(server, tmp_path) as fresh:
        environment = {
            "PYTHONPATH": os.pathsep.join(map(str, (copy / "include", copy / "tests" / "integration"))),
            "PCH_HOME": str(home),
            "PCH_LANDING_URL": fresh.landing_url,
            "PCH_DB_PORT": str(fresh.db_port),
            "PCH_DB_NAME": fresh.db_name,
        }
        run = subprocess.run(
            [sys.executable, "-c", DAY, str(found)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(found.read_text())
    assert Path(told["code"]).is_relative_to(copy)
    assert told["verdicts"] == ["accepted", "rejected"]
    assert "more_reviewed_than_carers" in told["rules"]
    (figure,), (absent,) = told["figures"]
    assert figure == ["received", 19, 760, pytest.approx(25)]
    assert absent == ["rejected", None, None, None]
