"""What a site's own desk says of a file is what the centre says of it, as far as the desk can know.

Samples good and bad, and a file for every planted fault, each looked at alone by ``pch.desk.check`` and loaded by the
pipeline into a real warehouse, all in one batch a feed: the same findings, word for word, and the same verdict.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from fresh import fresh_warehouse

from pch.desk.check import CLOSES, look
from pch.desk.looked import Looked, Register, gravest_first
from pch.findings import Finding, verdict_of
from pch.pipeline.batches import plan
from pch.pipeline.collect import load
from pch.settings import PROJECT, Settings
from pch.simulate import Programme
from pch.simulate.faults import next_due
from pch.simulate.spoil import FAULTS, Scene
from pch.simulate.spoil.table import Table
from pch.warehouse.db import connect
from pch.warehouse.ledger import findings_of
from pch.warehouse.register import import_sites, read_register

SAMPLES = PROJECT / "tests" / "samples"
APRIL, JUNE = date(2022, 4, 1), date(2022, 6, 1)  # in June a survey is due
SITE = "U00001"
KNOWN = {"contract", "row", "register"}
SPOILT = ("registered_list", "programme_inputs", "staff_survey", "gp_appointments")
REGISTER = """site_code,site_name,practice_code,valid_from,valid_to
U00001,Hill,A81001,2022-01-01,
U00001,Hill,A81002,2022-01-01,
U00002,Sea,A81003,2022-01-01,
U00002,Sea,A81004,2022-01-01,2022-04-01
"""


@dataclass(frozen=True)
class Case:
    name: str
    site_code: str
    feed: str
    period: date
    content: bytes


@dataclass(frozen=True)
class Both:
    """What desk and centre said of a case."""

    case: Case
    desk: Looked
    centre: list[Finding]
    verdict: str
    rows_read: int


@pytest.fixture(scope="module")
def said(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Both]]:
    folder = tmp_path_factory.mktemp("equal")
    with fresh_warehouse(server, folder) as settings, connect(settings, "owner", autocommit=True) as owner:
        yield list(_said(Desk(settings, owner), folder))


def _said(desk: Desk, folder: Path) -> Iterator[Both]:
    programme = Programme.create(sites=2, end=JUNE, months=4, feeds=SPOILT)
    programme.write_sites_csv(folder / "sites.csv")
    (folder / "ours.csv").write_text(REGISTER)
    lines = [*read_register(folder / "sites.csv"), *read_register(folder / "ours.csv")]
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, lines, date.today())
    cases: dict[int, Case] = {}
    for case in [*_samples(), *_spoilt(programme)]:
        closed = datetime(case.period.year, case.period.month, 28, tzinfo=UTC)  # in time
        receipt = desk.push(case.site_code, case.feed, f"{case.period:%Y-%m}", case.content, at=closed, name=case.name)
        cases.setdefault(receipt.submission_id, case)
    for batch in plan(desk.settings):
        load(desk.settings, batch)
    found = findings_of(desk.owner, list(cases))
    judged = {i: (v, n) for i, v, n in desk.rows("select submission_id, verdict, rows_read from ops.current_verdict")}
    for i, case in cases.items():
        (folder / "file").write_bytes(case.content)
        known = Register(
            {x.practice_code: x.site_code for x in lines if x.valid_from <= case.period < (x.valid_to or date.max)},
            frozenset(x.site_code for x in lines),
        )
        looked = look(folder / "file", case.name, case.feed, case.period, case.site_code, deep=True, register=known)
        yield Both(case, looked, found[i], *judged[i])


def _samples() -> Iterator[Case]:
    for path in sorted(SAMPLES.glob("*/*/*.csv")):
        feed = path.parts[-3]
        yield Case(f"{feed}/{path.parts[-2]}/{path.name}", SITE, feed, APRIL, path.read_bytes())


def _spoilt(programme: Programme) -> Iterator[Case]:
    """Every fault once, in one of the feeds it can befall; and the sound file of each of these feeds."""
    made = {(f.feed, f.period, f.site_code): f.content for p in programme.periods for f in programme.files(p)}
    ours, others = (site.site_code for site in programme.sites)

    def sound(feed: str, period: date, site: str) -> bytes:
        table = Table.of(made[feed, period, site])
        return Table(table.header, table.rows[:: 1 + len(table.rows) // 200]).bytes()

    for feed in SPOILT:
        yield Case(f"{feed}/sound", ours, feed, JUNE, sound(feed, JUNE, ours))
    for n, (name, fault) in enumerate(FAULTS.items()):
        if able := [feed for feed in SPOILT if feed in fault.rules]:
            feed = able[n % len(able)]
            scene = Scene(
                feed=feed, period=JUNE, other_site=others,
                stranger=Table.of(sound("registered_list", JUNE, others)).practices[0],
                last_month=_later(sound, feed, next_due(feed, JUNE, -1), ours),
                others_file=_later(sound, feed, JUNE, others), rng=np.random.default_rng([7, n]),
            )  # fmt: skip
            yield Case(f"{feed}/{name}", ours, feed, JUNE, fault.spoil(sound(feed, JUNE, ours), scene))


def _later(sound: Callable[[str, date, str], bytes], feed: str, period: date, site: str) -> Callable[[], bytes]:
    return lambda: sound(feed, period, site)


def test_the_findings_are_the_same_word_for_word(said: list[Both]) -> None:
    for both in said:
        centre = [replace(f, submission_id=0) for f in both.centre if f.layer in KNOWN and f.rule not in CLOSES]
        assert gravest_first(both.desk.findings) == centre, both.case.name
        assert both.desk.rows_read == both.rows_read, both.case.name


def test_so_is_the_verdict_where_nothing_else_was_found(said: list[Both]) -> None:
    for both in said:
        assert {f.layer for f in both.centre} <= KNOWN  # the review, which knows history, has not been
        if not CLOSES & {f.rule for f in both.centre}:
            assert both.desk.verdict == both.verdict == verdict_of(both.centre), both.case.name


def test_the_spread_is_wide(said: list[Both]) -> None:
    assert {both.verdict for both in said} == {"accepted", "accepted_with_warnings", "rejected"}
    rules = {(f.layer, f.rule) for both in said for f in both.desk.findings}
    count = {layer: sum(of == layer for of, _ in rules) for layer in KNOWN}
    assert count["contract"] >= 35 and count["row"] >= 8 and count["register"] >= 2
    assert len(said) >= 120 and {both.case.feed for both in said} >= set(SPOILT)
