"""The DAG files as Airflow reads them: what is in them, how fast they load, and what they keep away from.

No scheduler and no database of Airflow's: that the DAGs do their work is what tests/scheduler is about.
"""

import ast
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pch.local.airflow import DAGS, airflow_environment
from pch.settings import Settings, ensure_secrets

FILES = sorted(DAGS.glob("*.py"))
HEAVY = ("pandas", "great_expectations", "dbt", "pyarrow", "cosmos")
MAX_LINES = 150
MAX_CPU_SECONDS = 1.0
SWEEP_MINUTES = 7


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """That of the embedded stack, with an AIRFLOW_HOME in which nothing has been yet."""
    home = tmp_path_factory.mktemp("home")
    ensure_secrets(home)
    settings = Settings(home=home, sweep_minutes=SWEEP_MINUTES, drop_urls="/srv/drops", parallel_batches=3)
    return airflow_environment(settings) | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/none.db"}


@pytest.fixture(scope="module")
def bag(environment: dict[str, str]) -> Iterator[Any]:
    """The folder read as the dag-processor reads it."""
    from pch.settings import settings

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings.cache_clear()
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(DAGS)
    settings.cache_clear()


@pytest.fixture
def collect(bag: Any) -> Any:
    return bag.dags["collect"]


@pytest.fixture
def build_warehouse(bag: Any) -> Any:
    return bag.dags["build_warehouse"]


def order(dag: Any) -> dict[str, set[str]]:
    return {task.task_id: task.downstream_task_ids for task in dag.tasks}


def test_the_dags_are_these_and_load_without_errors(bag: Any) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["build_warehouse", "collect", "collect_drops", "evaluate", "notify_sites"]


@pytest.mark.parametrize("dag_id", ["build_warehouse", "collect", "collect_drops", "evaluate", "notify_sites"])
def test_a_dag_runs_alone_retries_and_says_what_it_does(bag: Any, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.is_paused_upon_creation is not True
    assert dag.tags == {dag_id.split("_")[0]}
    assert dag.description and len(dag.description) < 80
    assert dag.doc_md.startswith(f"{dag_id}: ")
    for task in dag.tasks:
        assert task.owner == "central data team"
        assert timedelta(seconds=5) <= task.retry_delay <= timedelta(minutes=1)
        assert len(task.task_id.split("_")) <= 3


def test_collect_starts_when_something_arrives_and_by_a_timer(collect: Any) -> None:
    from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable

    from pch.orchestration.submissions import SubmissionsWaiting

    schedule = collect.schedule
    assert type(schedule) is AssetOrTimeSchedule
    assert type(schedule.timetable) is CronTriggerTimetable
    assert schedule.timetable.expression == f"*/{SWEEP_MINUTES} * * * *"
    assert str(schedule.timetable.timezone) == "Europe/London"
    [asset] = schedule.asset_condition.objects
    assert asset.name == "landing/submission"
    [watcher] = asset.watchers
    assert type(watcher.trigger) is SubmissionsWaiting


def test_collect_plans_loads_reviews_announces_and_confirms(collect: Any) -> None:
    assert order(collect) == {
        "plan_batches": {"load_batch"},
        "load_batch": {"review_months", "confirm_loaded"},
        "review_months": {"announce_months", "confirm_loaded"},
        "announce_months": set(),
        "confirm_loaded": set(),
    }
    plan, load, review, announce, confirm = (collect.get_task(name) for name in order(collect))
    assert load.is_mapped
    assert load.max_active_tis_per_dag == 3
    assert load.map_index_template == "{{ label }}"
    assert [plan.retries, load.retries, review.retries, announce.retries] == [3, 3, 3, 3]
    #  one batch that fails must not hold up the months of the others, nor a review that fails their build
    assert [review.trigger_rule, announce.trigger_rule] == ["all_done", "all_done"]
    assert [asset.name for asset in announce.outlets] == ["raw/accepted"]
    assert (confirm.trigger_rule, confirm.retries) == ("all_success", 0)  # a run is green only if all loaded


def test_collect_drops_looks_by_a_timer_where_there_is_something_to_look_at(bag: Any) -> None:
    dag = bag.dags["collect_drops"]
    assert dag.schedule.expression == f"*/{SWEEP_MINUTES} * * * *"
    assert str(dag.schedule.timezone) == "Europe/London"
    assert order(dag) == {"sweep_folders": set()}


def test_collect_drops_without_a_drop_folder_has_no_timer_and_is_skipped(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from pch.settings import settings

    monkeypatch.setenv("PCH_DROP_URLS", "")
    settings.cache_clear()
    dag = runpy.run_path(str(DAGS / "collect_drops.py"))["dag"]
    assert dag.schedule is None
    with pytest.raises(AirflowSkipException, match="No drop folder is set"):
        dag.get_task("sweep_folders").python_callable()
    settings.cache_clear()


def test_build_warehouse_starts_for_each_month_announced(build_warehouse: Any) -> None:
    from airflow.sdk import PartitionedAssetTimetable

    schedule = build_warehouse.schedule
    assert type(schedule) is PartitionedAssetTimetable
    assert schedule.asset_condition.name == "raw/accepted"


def test_build_warehouse_announces_marts_and_then_writes_the_pages(build_warehouse: Any) -> None:
    assert order(build_warehouse) == {"build_months": {"write_pages"}, "write_pages": set()}
    task = build_warehouse.get_task("build_months")
    assert task.retries == 2
    assert [asset.name for asset in task.outlets] == ["mart/month"]


def test_evaluate_looks_every_morning_and_shows_what_it_found(bag: Any) -> None:
    dag = bag.dags["evaluate"]
    assert (dag.schedule.expression, str(dag.schedule.timezone)) == ("0 5 * * *", "Europe/London")
    assert order(dag) == {
        "evaluate_programme": {"build_worth"}, "build_worth": {"write_pages"}, "write_pages": set(),
    }  # fmt: skip


def test_mail_goes_with_every_sweep_where_a_sender_is_set(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import CronTriggerTimetable

    from pch.settings import settings

    assert bag.dags["notify_sites"].schedule is None
    monkeypatch.setenv("PCH_MAIL_FROM", "returns@pch.example.org")
    settings.cache_clear()
    schedule = DagBag(DAGS / "notify_sites.py").dags["notify_sites"].schedule
    settings.cache_clear()
    assert type(schedule) is CronTriggerTimetable
    assert (schedule.expression, str(schedule.timezone)) == (f"*/{SWEEP_MINUTES} * * * *", "Europe/London")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dag_file_is_short_and_imports_no_other(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) < MAX_LINES
    named = {
        name
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name.split(".")[0] for name in named} <= {"airflow", "dataclasses", "datetime", "pch", "typing"}


LOAD_ONE = """
import importlib.util, json, sys, time
import airflow.sdk
before, begun = set(sys.modules), time.process_time()
spec = importlib.util.spec_from_file_location("a_dag", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps({"cpu_seconds": time.process_time() - begun, "modules": sorted(sys.modules)}))
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dag_file_loads_fast_and_loads_nothing_heavy(file: Path, environment: dict[str, str]) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(2):  # the first may have to compile
        done = subprocess.run(
            [sys.executable, "-c", LOAD_ONE, str(file)],
            env=plain | environment,
            capture_output=True,
            text=True,
            check=True,
        )
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert not {name.split(".")[0] for name in loaded["modules"]} & set(HEAVY)
    assert loaded["cpu_seconds"] < MAX_CPU_SECONDS
    print(f"{file.name}: {loaded['cpu_seconds']:.2f} s of processor time beside Airflow's own import")
