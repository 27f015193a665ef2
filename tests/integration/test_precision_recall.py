"""Is every planted fault found by the rule that must find it, and is nothing said where nothing is wrong?

one simulated world: half of its sites send spoilt files, the other half none -> the real pipeline, all feeds and
months -> verdicts and findings, beside the truth

Faults of the contract are told feed by feed in ``tests/unit/test_faults.py``; here are a few of them, and all that
need rows, the register, months or other feeds to be seen.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from desk import Desk, list_file
from input_cases import fresh_desk

from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.settings import Settings
from pch.simulate import Faults, Programme, SimulatedFile, Truth
from pch.simulate.spoil import FAULTS
from pch.warehouse.db import connect
from pch.warehouse.register import import_sites, read_register

SITES, MONTHS, END = 20, 5, date(2026, 9, 1)
OF_THE_CONTRACT = ("absent", "garbage", "repeated_rows", "xlsx")
KINDS = (*OF_THE_CONTRACT, *(name for name, fault in FAULTS.items() if fault.layer != "contract"))
FAULTS_PLANTED = Faults(rate=0.4, seed=669, kinds=KINDS)  # by which every kind occurs

#  In a total that varies, a slip may look like another.
SLIPS = frozenset({"tenfold_total", "tenfold_practice", "unusual_total"})

Address = tuple[str, str, date]


@dataclass(frozen=True)
class Outcome:
    """What became of a return beside what should. ``said``: severity by rule."""

    truth: Truth
    verdict: str | None
    said: dict[str, str]

    @property
    def is_found(self) -> bool:
        t = self.truth
        rules = SLIPS if t.rule in SLIPS else {t.rule}
        return self.verdict == t.expected and (t.rule is None or t.severity in {self.said.get(r) for r in rules if r})

    @property
    def is_alarmed(self) -> bool:
        return any(severity != "information" for severity in self.said.values())

    def __str__(self) -> str:
        t = self.truth
        return (
            f"{t.site_code} {t.feed} {t.period:%Y-%m}: {t.fault} should be {t.expected} by {t.rule}, "
            f"is {self.verdict} by {self.said}"
        )


@pytest.fixture(scope="module")
def outcomes(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Outcome]]:
    folder = tmp_path_factory.mktemp("world")
    with fresh_desk(server, folder) as desk:
        yield list(_outcomes(desk, folder))


def _outcomes(desk: Desk, folder: Path) -> Iterator[Outcome]:
    spoilt = Programme.create(sites=SITES, months=MONTHS, end=END, faults=FAULTS_PLANTED)
    clean = Programme.create(sites=SITES, months=MONTHS, end=END)
    clean.write_sites_csv(folder / "sites.csv")
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, read_register(folder / "sites.csv"), date.today())
    truth: dict[Address, Truth] = {}
    files: dict[Address, SimulatedFile] = {}
    for programme, parity in ((spoilt, 0), (clean, 1)):
        mine = {site.site_code for site in programme.sites[parity::2]}
        for period in programme.periods:
            truth |= {(t.site_code, t.feed, period): t for t in programme.truth(period) if t.site_code in mine}
            files |= {(f.site_code, f.feed, period): f for f in programme.files(period) if f.site_code in mine}
    submissions = _push(desk, files)
    desk.collect()
    verdicts = dict(desk.rows("select submission_id, verdict from ops.current_verdict"))
    said: dict[int, dict[str, str]] = {i: {} for i in submissions.values()}
    for i, rule, severity in desk.rows("select submission_id, rule, severity from ops.current_finding"):
        said[i][rule] = severity
    for address, told in truth.items():
        if i := submissions.get(address):
            yield Outcome(told, verdicts.get(i), said[i])
        else:
            yield Outcome(told, "missing", {})


def _push(desk: Desk, files: dict[Address, SimulatedFile]) -> dict[Address, int]:
    """Through the door that every caller uses, on one connection."""
    landing, sender = Landing(desk.settings.landing), Sender("test", "tester")
    with connect(desk.settings, "intake", autocommit=True) as conn:
        return {
            address: receive(conn, landing, Return(*address), f.file_name, f.content, sender).submission_id
            for address, f in files.items()
        }


def told(outcomes: list[Outcome]) -> str:
    return "\n".join(map(str, outcomes))


def test_a_total_that_varies_is_watched_as_well(desk: Desk) -> None:
    """Twenty times too many stand out from months that vary by half; so does a twentieth."""
    desk.register({"MANY": ["A10001"], "FEW": ["A20001"], "SAME": ["A30001"]})
    practices = {"MANY": "A10001", "FEW": "A20001", "SAME": "A30001"}
    receipts = {}
    for site, last in (("MANY", 2_000), ("FEW", 5), ("SAME", 130)):
        for month, count in enumerate((100, 140, 60, 120, 80, last), 1):
            file = list_file([practices[site]], lambda practice, sex, band, count=count: count)
            receipts[site] = desk.push(site, "registered_list", f"2026-0{month}", file)
    desk.collect()
    found = {site: "unusual_total" in desk.findings(receipt) for site, receipt in receipts.items()}
    assert found == {"MANY": True, "FEW": True, "SAME": False}


def test_every_kind_of_fault_is_planted(outcomes: list[Outcome]) -> None:
    planted = Counter(o.truth.fault for o in outcomes if o.truth.fault)
    assert set(planted) == set(KINDS)
    by_layer = Counter(o.truth.layer for o in outcomes if o.truth.rule)
    assert min(by_layer[layer] for layer in ("contract", "register", "row", "submission", "cross_feed")) >= 4


def test_every_error_is_found(outcomes: list[Outcome]) -> None:
    planted = [o for o in outcomes if o.truth.expected in ("rejected", "missing")]
    assert len(planted) >= 40
    missed = [o for o in planted if not o.is_found]
    assert not missed, told(missed)


def test_nineteen_of_twenty_warnings_are_found_and_no_kind_is_missed(outcomes: list[Outcome]) -> None:
    planted = [o for o in outcomes if o.truth.expected == "accepted_with_warnings"]
    assert len(planted) >= 60
    missed = [o for o in planted if not o.is_found]
    assert len(missed) <= 0.05 * len(planted), told(missed)
    assert {o.truth.fault for o in planted if o.is_found} == {o.truth.fault for o in planted}, told(missed)


def test_what_is_only_unusual_passes(outcomes: list[Outcome]) -> None:
    planted = [o for o in outcomes if o.truth.fault and o.truth.expected == "accepted"]
    assert len(planted) >= 10
    refused = [o for o in planted if not o.is_found or o.is_alarmed]
    assert not refused, told(refused)


def test_clean_sites_are_left_in_peace(outcomes: list[Outcome]) -> None:
    """Fewer than one false alarm in a hundred submissions of sites that send nothing wrong."""
    spoilt = {o.truth.site_code for o in outcomes if o.truth.fault}
    clean = [o for o in outcomes if o.truth.site_code not in spoilt]
    assert len(clean) == SITES // 2 * (9 * MONTHS + 2)
    assert all(o.verdict for o in clean)
    alarmed = [o for o in clean if o.is_alarmed]
    assert len(alarmed) < 0.01 * len(clean), told(alarmed)


def test_sound_files_of_careless_sites_are_accepted(outcomes: list[Outcome]) -> None:
    """Where neither the file nor its neighbours in time are spoilt; another feed of the month may be."""
    sound = [o for o in outcomes if not o.truth.fault and not o.truth.is_beside_fault]
    alarmed = [o for o in sound if o.is_alarmed]
    assert len(alarmed) < 0.01 * len(sound), told(alarmed)
