"""From push to marts with nobody's hand on it: Airflow's own scheduler, in the real stack."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from world import (
    Delivery,
    assert_same,
    deliveries,
    leaks,
    ledger_rows,
    passwords,
    push,
    register,
    scheduler_rows,
    seconds_to_sweep,
    settle,
    tables,
    temporary_home,
    undisturbed,
    wait,
)

from pch.local import stack
from pch.settings import Settings
from pch.simulate import Faults, Programme

pytestmark = pytest.mark.scheduler

NEVER = 59
"""Minutes between two sweeps, as good as never: what starts here was started by a notification."""

PLANTED = "QZX-planted-cell"
DONE_SECONDS = 180


@pytest.fixture(scope="module")
def programme() -> Programme:
    return Programme.create(sites=4, months=3, faults=Faults(rate=0.15))


def sound(programme: Programme, files: list[Delivery], feed: str) -> Delivery:
    """The first file of the feed that is as it should be."""
    good = {
        (t.site_code, t.period) for p in programme.periods for t in programme.truth(p) if t.feed == feed and not t.fault
    }
    return next(f for f in files if f.address.feed == feed and (f.address.site_code, f.address.period) in good)


@pytest.fixture(scope="module")
def files(programme: Programme) -> list[Delivery]:
    """All of the programme, and two corrections that carry the planted text: one is refused for it, one is not."""
    files = deliveries(programme)
    lists, inputs = (sound(programme, files, feed) for feed in ("registered_list", "programme_inputs"))
    head, _, _ = lists.content.rstrip().rpartition(b",")
    header, _, lines = inputs.content.partition(b"\n")
    place = header.split(b",").index(b"line_id")
    first, _, rest = lines.partition(b"\n")
    cells = first.split(b",")
    cells[place] = PLANTED.encode()
    return [
        *files,
        replace(lists, content=head + f",{PLANTED}\n".encode()),
        replace(inputs, content=header + b"\n" + b",".join(cells) + b"\n" + rest),
    ]


@pytest.fixture(scope="module")
def settings(programme: Programme) -> Iterator[Settings]:
    with temporary_home(sweep_minutes=NEVER, batch_rows=20_000) as settings:
        try:
            stack.up(settings)
            register(settings, programme)
            yield settings
        finally:
            stack.down(settings)


def loaded_by(settings: Settings, after: int = 0) -> set[str]:
    """How the runs began that loaded batches after this one."""
    runs = [row[0] for row in ledger_rows(settings, "select distinct run_id from ops.batch where batch_id > %s", after)]
    return {row[0] for row in scheduler_rows(settings, "select run_type from dag_run where run_id = any(%s)", runs)}


def last(settings: Settings, table: str) -> int:
    return int(ledger_rows(settings, f"select coalesce(max({table}_id), 0) from ops.{table}")[0][0])


def test_the_scheduler_alone_makes_the_tables_of_a_direct_run(
    settings: Settings, programme: Programme, files: list[Delivery]
) -> None:
    if (left := seconds_to_sweep(settings)) < 60:
        time.sleep(left + 1)
    push(settings, files)
    truth = undisturbed(programme, files)
    print(f"settled {settle(settings, DONE_SECONDS):.0f} s after the undisturbed run was made")
    assert_same(tables(settings), truth)
    verdicts = dict(ledger_rows(settings, "select verdict, count(*) from ops.current_verdict group by verdict"))
    assert sum(verdicts.values()) == len(files)
    assert verdicts["accepted"] > 20 and verdicts["rejected"] >= 1


def test_the_notification_started_it(settings: Settings) -> None:
    assert loaded_by(settings) == {"asset_triggered"}
    events = scheduler_rows(
        settings,
        "select e.extra from asset_event as e join asset as a on a.id = asset_id where name = 'landing/submission'",
    )
    assert events, "no event of the trigger"


def test_each_month_is_announced_built_and_announced_again(settings: Settings, programme: Programme) -> None:
    months = {f"{period:%Y-%m}" for period in programme.periods}
    keys = scheduler_rows(
        settings,
        "select a.name, e.partition_key from asset_event as e join asset as a on a.id = asset_id"
        " where a.name in ('raw/accepted', 'mart/month')",
    )
    assert {key for name, key in keys if name == "raw/accepted"} == months
    assert {key for name, key in keys if name == "mart/month"} == months
    runs = scheduler_rows(settings, "select partition_key, run_type from dag_run where dag_id = 'build_warehouse'")
    assert {key for key, _ in runs} == months
    assert {how for _, how in runs} == {"asset_triggered"}
    built = ledger_rows(settings, "select distinct unnest(periods) from ops.build where succeeded")
    assert {row[0] for row in built} == set(programme.periods)


def test_every_run_and_every_task_succeeded(settings: Settings) -> None:
    assert dict(scheduler_rows(settings, "select state, count(*) from dag_run group by state")).keys() == {"success"}
    tries = scheduler_rows(
        settings, "select dag_id, task_id, state, max(try_number) from task_instance group by 1, 2, 3 order by 1, 2, 3"
    )
    assert {(dag, task) for dag, task, _, _ in tries} == {
        ("collect", "plan_batches"), ("collect", "load_batch"), ("collect", "review_months"),
        ("collect", "announce_months"), ("collect", "confirm_loaded"), ("build_warehouse", "build_months"),
        ("build_warehouse", "write_pages"),
    }  # fmt: skip
    assert {state for _, _, state, _ in tries} <= {"success", "skipped"}
    assert {number for _, _, state, number in tries if state == "success"} == {1}
    assert not ledger_rows(settings, "select build_id from ops.build where not succeeded")


def test_a_push_for_an_old_month_rebuilds_that_month_alone(
    settings: Settings, programme: Programme, files: list[Delivery]
) -> None:
    def patients() -> dict[date, int]:
        return dict(
            ledger_rows(settings, "select period, sum(registered_count)::int from mart.fct_population group by 1")
        )

    def made_at() -> dict[date, object]:
        return dict(ledger_rows(settings, "select period, max(as_of) from mart.fct_return group by period"))

    build, batch, before, stamps = last(settings, "build"), last(settings, "batch"), patients(), made_at()
    old = programme.periods[0]
    original = next(
        f for f in files if f.address.feed == "registered_list" and f.address.period == old and sound_list(f.content)
    )
    head, _, count = original.content.rstrip().rpartition(b",")
    [receipt] = push(settings, [replace(original, content=head + f",{int(count) + 1}\n".encode())])
    assert receipt.is_new
    print(f"a correction is in the marts after {settle(settings, DONE_SECONDS):.0f} s")
    assert ledger_rows(settings, "select periods, succeeded from ops.build where build_id > %s", build) == [
        ([old], True)
    ]
    assert patients() == before | {old: before[old] + 1}
    assert {period for period, stamp in made_at().items() if stamp != stamps[period]} == {old}
    assert loaded_by(settings, after=batch) == {"asset_triggered"}


def sound_list(content: bytes) -> bool:
    lines = content.decode("ascii", "replace").split("\n")
    return lines[0] == "practice_code,sex,age_band,registered_count" and lines[-2].rpartition(",")[2].isdigit()


def test_no_secret_and_no_cell_of_a_file_is_in_a_log_or_an_xcom(settings: Settings) -> None:
    used = ledger_rows(settings, "select count(*) from raw.programme_inputs where line_id = %s", PLANTED)
    told = ledger_rows(settings, "select count(*) from ops.finding where examples::text like %s", f"%{PLANTED}%")
    assert used == [(1,)] and told == [(1,)], "the planted text did not go through"
    known = leaks(settings, ["hospital_activity"])  # a word of the batches' labels: the search sees tasks and XComs
    assert any("task_id=load_batch" in place for place in known) and "airflow's table xcom" in known, known
    assert leaks(settings, [PLANTED, *passwords(settings)]) == []


def test_the_sweep_collects_what_no_notification_announced(settings: Settings, files: list[Delivery]) -> None:
    every_minute = settings.model_copy(update={"sweep_minutes": 1})
    stack.up(every_minute)
    triggerer = next(part for part in stack.state(settings) if part.name == "triggerer")
    os.kill(triggerer.pid or 0, 9)
    batch = last(settings, "batch")
    original = next(f for f in files if f.address.feed == "registered_list" and sound_list(f.content))
    [receipt] = push(settings, [replace(original, content=original.content + b"\n")])
    wait(
        lambda: bool(ledger_rows(settings, "select from ops.verdict where submission_id = %s", receipt.submission_id)),
        90,
        "No sweep has collected what waits",
    )
    assert loaded_by(settings, after=batch) == {"scheduled"}
    settle(settings, DONE_SECONDS)
