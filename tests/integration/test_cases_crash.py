"""Cases 5 to 8: whatever dies, at whatever moment, the retry ends where a clean run ends."""

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from desk import Desk, activity_file, list_file
from pictures import Picture, assert_same, loaded, marts
from workers import Job, Strike, at_once, build_once, load_once, review_once

from pch.errors import Temporary
from pch.local.postgres import EmbeddedPostgres
from pch.pipeline.batches import Batch, plan
from pch.pipeline.build import Built
from pch.pipeline.collect import Loaded
from pch.pipeline.review import Reviewed
from pch.settings import Settings, ensure_secrets
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import connect
from pch.warehouse.rebuild import forget

SITES = {f"AAA{n:02}": [f"A1{n:03}1", f"A1{n:03}2"] for n in range(12)}
CELLS = 76  # two practices, two sexes, nineteen bands

#  Where a load is struck: as it leaves each of its steps, and between its writes
STAGES = [
    "ledger.claim", "collect._fetch", "collect._ensure_partitions", "decoding.decode", "stage.stage",
    "register.set_aside", "rows.row_findings", "totals.forget_totals", "totals.keep_totals", "publish.lock_months",
    "publish.withdraw", "publish._replace_rows", "publish.publish", "ledger.mark_changed", "collect._record_batch",
    "ledger.record", "ledger.record_checks", "ledger.done",
]  # fmt: skip
STAGES_OF_A_REVIEW = [
    "review._due", "publish.lock_months", "submissions.practice_findings", "history.history_findings",
    "cross_feed.cross_feed_findings", "review._revised", "ledger.record", "ledger.record_checks", "ledger.mark_changed",
]  # fmt: skip


def may(desk: Desk) -> Batch:
    """May's lists of twelve sites wait; four of them correct a list that is in use. One is refused."""
    desk.register(SITES)
    for site in list(SITES)[:4]:
        desk.push(site, "registered_list", "2025-05", list_file(SITES[site], lambda *_: 10))
    desk.collect()
    for n, (site, practices) in enumerate(SITES.items()):
        desk.push(site, "registered_list", "2025-05", list_file(practices, lambda *_, n=n: 20 + n if n < 11 else -1))
    (batch,) = plan(desk.settings)
    assert len(batch.submission_ids) == 12
    return batch


BEFORE, AFTER = 4 * CELLS * 10, sum(CELLS * (20 + n) for n in range(11))


def assert_as_before(desk: Desk) -> None:
    assert desk.value("select sum(registered_count) from raw.registered_list") == BEFORE
    assert desk.value("select count(*) from ops.queue") == 12
    assert desk.value("select count(*) from ops.verdict") == desk.value("select count(*) from ops.profile") == 4


@contextmanager
def reader(settings: Settings) -> Iterator[set[tuple[int, int, int]]]:
    """Looks at the raw table over and over: patients, and rows of submissions in use and not in use."""
    seen: set[tuple[int, int, int]] = set()
    stop = threading.Event()

    def look() -> None:
        with connect(settings, "analyst", autocommit=True) as conn:
            while not stop.is_set():
                seen.update(
                    conn.execute(
                        """select sum(registered_count)::int, count(*) filter (where p.is_current)::int,
                             count(*) filter (where p.is_current is not true)::int
                           from raw.registered_list left join ops.publication as p using (submission_id)"""
                    ).fetchall()
                )

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def clean(desk: Desk) -> Picture:
    """What a run that nobody disturbs makes of the same submissions."""
    with connect(desk.settings, "owner") as conn:
        forget(conn)
    assert desk.value("select count(*) from raw.registered_list") == 0
    desk.collect()
    return loaded(desk.owner)


@pytest.mark.long
def test_case_5_killed_at_every_stage_and_at_many_moments(desk: Desk) -> None:
    batch = may(desk)
    with reader(desk.settings) as seen:
        for function in STAGES:
            assert Job(load_once, desk.settings, batch, Strike(function)).end() == -signal.SIGKILL, function
            assert_as_before(desk)
        delay = 0.02
        while desk.value("select count(*) from ops.queue") > 0:
            assert_as_before(desk)
            job = Job(load_once, desk.settings, batch)
            time.sleep(delay)
            job.kill()
            job.end()
            delay *= 1.3
        assert Job(load_once, desk.settings, batch).result() == Loaded(), "one had committed, so nothing is left to do"
    assert seen == {(BEFORE, 4 * CELLS, 0), (AFTER, 11 * CELLS, 0)}
    assert desk.value("select count(*) from ops.batch") == 2
    desk.collect()
    after = loaded(desk.owner)
    assert after["raw.registered_list"].total() == 11 * CELLS
    assert after["ops.current_verdict"].total() == 16
    assert_same(after, clean(desk))


def test_case_6_killed_after_the_commit_the_retry_loads_nothing_twice(desk: Desk) -> None:
    batch = may(desk)
    job = Job(load_once, desk.settings, batch, Strike("collect.load"))
    assert job.end() == -signal.SIGKILL
    assert desk.value("select sum(registered_count) from raw.registered_list") == AFTER
    before = loaded(desk.owner)
    assert Job(load_once, desk.settings, batch).result() == Loaded()
    assert_same(before, loaded(desk.owner))
    assert desk.value("select max(revision) from ops.verdict") == 1
    assert desk.value("select count(*) from ops.batch") == 2
    #  What the orchestrator did not hear stands in the database: the month is still announced, and built
    assert desk.build_figures()[0] == date(2025, 5, 1)
    assert desk.value("select sum(registered_count) from mart.fct_population") == AFTER


def may_beside_april(desk: Desk) -> None:
    """May's lists are loaded and not reviewed: eleven are at least twice those of April, and four older attempts,
    which the review before has seen, say what April's said."""
    desk.register(SITES)
    for site, practices in SITES.items():
        desk.push(site, "registered_list", "2025-04", list_file(practices, lambda *_: 10))
    assert Job(load_once, desk.settings, may(desk)).result().accepted == 11


ODD = """select rule, count(*)::int from ops.current_finding where layer = 'submission' group by 1 order by 1"""


def test_cases_5_and_6_a_review_killed_at_every_stage_and_after_its_commit(desk: Desk) -> None:
    may_beside_april(desk)
    before = loaded(desk.owner)
    for function in STAGES_OF_A_REVIEW:
        assert Job(review_once, desk.settings, Strike(function)).end() == -signal.SIGKILL, function
        assert_same(before, loaded(desk.owner))
    assert desk.rows(ODD) == [("copy_of_last_month", 4)]
    assert Job(review_once, desk.settings, Strike("review._review")).end() == -signal.SIGKILL
    after = loaded(desk.owner)
    assert Job(review_once, desk.settings).result() == []
    assert_same(after, loaded(desk.owner))
    assert desk.rows(ODD) == [("copy_of_last_month", 4), ("unusual_total", 11)]
    #  The month is built again for it, and not reviewed again
    assert desk.value("select reason from ops.month_change order by change_id desc limit 1") == "findings"
    assert_same(after, clean(desk))


def test_case_7_two_reviews_at_once(desk: Desk) -> None:
    may_beside_april(desk)
    one, other = sorted(at_once(*[(review_once, desk.settings)] * 2), key=len)
    assert (one, other) == ([], [Reviewed(date(2025, 5, 1), submissions=15, revised=11)])
    assert desk.rows(ODD) == [("copy_of_last_month", 4), ("unusual_total", 11)]


def test_case_7_two_copies_of_a_load_at_once(desk: Desk) -> None:
    batch = may(desk)
    for n in range(5):
        one, other = sorted(at_once(*[(load_once, desk.settings, batch)] * 2), key=lambda done: done.rows)
        assert one == Loaded()
        assert (other.accepted, other.rejected, other.rows) == (11, 1, 12 * CELLS)
        assert desk.value("select count(*) from ops.batch") == 2 + n
        assert desk.value("select count(*) from raw.registered_list") == 11 * CELLS
        desk.owner.execute("insert into ops.queue select unnest(%s::bigint[]), 'again'", (batch.submission_ids,))


def test_case_7_two_builds_at_once(desk: Desk) -> None:
    batch = may(desk)
    Job(load_once, desk.settings, batch).result()
    one, other = sorted(at_once(*[(build_once, desk.settings)] * 2), key=lambda built: len(built.periods))
    assert one == Built(None, [])
    assert date(2025, 5, 1) in other.periods
    assert desk.value("select sum(registered_count) from mart.fct_population") == AFTER
    assert desk.value("select count(*) from ops.build") == 1


def test_case_5_a_build_killed_on_the_way_leaves_its_months_pending(desk: Desk) -> None:
    batch = may(desk)
    desk.build_figures()
    Job(load_once, desk.settings, batch).result()
    for delay in (0.3, 0.9):
        job = Job(build_once, desk.settings)
        wait_until(lambda: desk.value("select count(*) from pg_stat_activity where usename = 'dbt'") > 0)
        time.sleep(delay)
        job.kill()
        assert job.end() == -signal.SIGKILL
        assert desk.rows("select period from ops.month_pending") == [(date(2025, 5, 1),)]
    assert Job(build_once, desk.settings).result().periods == [date(2025, 5, 1)]
    assert desk.value("select sum(registered_count) from mart.fct_population") == AFTER
    after = marts(desk.owner)
    with connect(desk.settings, "owner") as conn:
        forget(conn)
    desk.collect()
    desk.build_figures()
    assert_same(after, marts(desk.owner))


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[EmbeddedPostgres, Settings]]:
    """A server that a test may knock down."""
    with tempfile.TemporaryDirectory(prefix="pch-tests-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        settings = Settings(home=home, db_port=port, landing_url=str(tmp_path / "landing"))
        ensure_secrets(home)
        postgres = EmbeddedPostgres(settings)
        postgres.start()
        try:
            prepare(settings)
            yield postgres, settings
        finally:
            postgres.stop()


def test_case_8_postgres_goes_away_in_the_middle(own: tuple[EmbeddedPostgres, Settings]) -> None:
    postgres, settings = own
    owner = connect(settings, "owner", autocommit=True)
    with owner as conn:
        desk = Desk(settings, conn)
        batch = may(desk)
    for function in ("stage.stage", "publish.publish", "ledger.done"):
        strike = Strike(function, postgres.pid() or 0, signal.SIGQUIT)  # an immediate stop
        assert Job(load_once, settings, batch, strike).end() == 1, "it reports the failure, and does not hang"
        with pytest.raises(Temporary, match="does not answer"):
            desk.push("AAA00", "hospital_activity", "2025-05", activity_file(SITES["AAA00"]))
        postgres.start()
        with connect(settings, "owner", autocommit=True) as conn:
            assert_as_before(Desk(settings, conn))
    assert Job(load_once, settings, batch).result().accepted == 11
    strike = Strike("history.history_findings", postgres.pid() or 0, signal.SIGQUIT)
    assert Job(review_once, settings, strike).end() == 1
    postgres.start()
    (reviewed,) = Job(review_once, settings).result()
    assert reviewed == Reviewed(date(2025, 5, 1), submissions=15, revised=0)
    job = Job(build_once, settings)
    with connect(settings, "owner", autocommit=True) as conn:
        wait_until(lambda: conn.execute("select from pg_stat_activity where usename = 'dbt'").fetchone() is not None)
    time.sleep(0.5)
    os.kill(postgres.pid() or 0, signal.SIGQUIT)
    assert job.end() == 1
    postgres.start()
    assert Job(build_once, settings).result().periods[0] == date(2025, 5, 1)
    with connect(settings, "owner", autocommit=True) as conn:
        desk = Desk(settings, conn)
        assert desk.value("select count(*) from ops.submission where feed = 'hospital_activity'") == 0
        raw, mart = loaded(conn), marts(conn)
        assert_same(raw, clean(desk))
        desk.build_figures()
        assert_same(mart, marts(conn))
        assert desk.value("select sum(registered_count) from mart.fct_population") == AFTER
