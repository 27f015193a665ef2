"""The registered lists of Sussex, 1 April 2022, as NHS Digital published them, and the register of its networks.

Public sector information licensed under the Open Government Licence v3.0; not part of the project. What is
true of these files is said in the README beside them: 160 practices and 1,819,584 patients once practices
that stand in the files of two networks are counted once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from desk import Desk
from input_cases import fresh_desk

from pch.errors import Refused
from pch.intake.receive import Receipt
from pch.settings import Settings
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites, read_register

FEED, MONTH = "registered_list", "2022-04"
#  Networks in whose files stand practices of another, with the rows of theirs (40 a practice).
STRANGERS = {"U03364": 40, "U21339": 80, "U29677": 360, "U48056": 80}
LATE = "U29677"  # a network so new that no practice is registered as its own
PATIENTS, PRACTICES = 1_819_584, 160


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "realdata" / "registered_list"


@pytest.fixture(scope="module")
def sussex(
    server: Settings, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, dict[str, Receipt]]]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("real"))) as desk:
        with connect(desk.settings, "owner") as conn:
            imported = import_sites(conn, read_register(folder / "sites.csv"), date.today())
        assert (imported.sites, imported.practices, imported.memberships) == (39, PRACTICES, PRACTICES)
        receipts = {
            path.stem: desk.push(path.stem, FEED, MONTH, path.read_bytes(), name=path.name)
            for path in sorted((folder / MONTH).glob("*.csv"))
        }
        desk.collect()
        desk.build_figures()
        yield desk, receipts


Sussex = tuple[Desk, dict[str, Receipt]]


def states(desk: Desk) -> dict[str, str]:
    """Of the lists of April 2022, by site."""
    return dict(
        desk.rows("select site_code, state from mart.fct_return where feed = %s and period = '2022-04-01'", FEED)
    )


def by_practice(desk: Desk) -> dict[str, int]:
    rows = desk.rows(
        "select practice_code, sum(registered_count) from mart.fct_population where period = '2022-04-01' group by 1"
    )
    return {practice: int(count) for practice, count in rows}


def test_forty_files_arrived_and_were_judged(sussex: Sussex) -> None:
    desk, receipts = sussex
    verdicts = {site: desk.verdict(r) for site, r in receipts.items()}
    assert len(receipts) == 40
    assert [site for site, v in verdicts.items() if v == "rejected"] == [LATE]
    assert Counter(verdicts.values()) == {"accepted_with_warnings": 39, "rejected": 1}


def test_what_was_found(sussex: Sussex) -> None:
    desk, receipts = sussex
    found = {site: desk.findings(r) for site, r in receipts.items()}
    assert Counter(rule for findings in found.values() for rule in findings) == {
        "unknown_column": 40, "practice_not_of_site": 3, "no_practice_of_site": 1, "repeated_row": 1,
    }  # fmt: skip
    assert all("'Proportion'" in f["unknown_column"]["message"] for f in found.values())
    (twice,) = [(site, f["repeated_row"]["rows_count"]) for site, f in found.items() if "repeated_row" in f]
    assert twice == ("U14062", 40)
    refusal = found[LATE]["no_practice_of_site"]
    assert (refusal["severity"], refusal["rows_count"]) == ("error", 360)
    assert "belongs to U29677 on 1 April 2022" in refusal["message"]
    assert "ask the central team to register your practices" in refusal["next_step"]


def test_rows_of_other_networks_are_set_aside(sussex: Sussex) -> None:
    desk, _ = sussex
    rows = desk.rows(
        """select site_code, rows_set_aside from ops.current_verdict inner join ops.submission using (submission_id)
           where rows_set_aside > 0"""
    )
    assert dict(rows) == STRANGERS and sum(STRANGERS.values()) == 560
    #  7,000 rows were sent; 40 stand twice, and the 360 of the refused file are not in use
    assert desk.value("select sum(rows_read) from ops.current_verdict") == 7_000
    assert desk.value("select count(*) from raw.registered_list") == 7_000 - 40 - 360


def test_every_patient_once(sussex: Sussex) -> None:
    desk, _ = sussex
    counted = by_practice(desk)
    assert (len(counted), sum(counted.values())) == (PRACTICES, PATIENTS)
    assert desk.value("select count(distinct site_code) from mart.fct_population") == 39
    assert desk.value("select count(*) from mart.fct_population where is_suppressed") == 0
    #  19 bands and two sexes of every practice: the file's 95+ and 90-94 are one band
    assert desk.value("select count(*) from mart.fct_population") == PRACTICES * 38
    assert desk.value("select sum(registered_count) from int.int_population__list") == PATIENTS


def test_every_list_is_complete_beside_its_register(sussex: Sussex) -> None:
    """All practices of each network are in its file; so its list covers it, though no activity was sent."""
    desk, _ = sussex
    assert Counter(states(desk).values()) == {"received": 39}
    cells = desk.rows(
        """select state, count(*) from mart.fct_metric_value
           where metric_code = 'PH01' and period_window = 'month' and period = '2022-04-01' group by state"""
    )
    assert cells == [("missing", 39)]  # no hospital activity: no rate, and never one of 0


def test_registering_the_new_network(sussex: Sussex, folder: Path) -> None:
    """Its practices cannot be claimed while another network has them; in a file in which they leave the one for
    the other, they move, its refused list is read again, and no patient is lost or counted twice."""
    desk, receipts = sussex
    before = by_practice(desk)
    registered = read_register(folder / "sites.csv")
    sent = {p for (p,) in desk.rows(
        """select jsonb_array_elements_text(to_jsonb(practices)) from ops.profile where submission_id = %s""",
        receipts[LATE].submission_id,
    )}  # fmt: skip
    assert len(sent) == 9
    claim = [
        Line(n, LATE, "East & Central Brighton PCN", p, date(2022, 4, 1), None, None, None)
        for n, p in enumerate(sorted(sent), 2)
    ]

    with pytest.raises(Refused) as refused, connect(desk.settings, "owner") as conn:
        import_sites(conn, claim, date.today())
    assert "would be in two sites at once" in str(refused.value)
    assert "Give its membership of the site it left a valid_to" in str(refused.value)
    assert desk.value("select count(*) from ref.site where site_code = %s", LATE) == 0
    assert desk.value("select count(*) from ops.queue") == 0

    donors = {line.site_code for line in registered if line.practice_code in sent}
    leaving = [
        replace(line, valid_to=date(2022, 4, 1)) if line.practice_code in sent else line
        for line in registered
        if line.site_code in donors
    ]
    with connect(desk.settings, "owner") as conn:
        imported = import_sites(conn, [*leaving, *claim], date.today())
    #  read again: the new network's list and those of the networks its practices leave
    assert imported.replayed == 1 + len(donors)
    desk.collect()
    desk.build_figures()

    assert desk.verdict(receipts[LATE]) == "accepted_with_warnings"
    assert list(desk.findings(receipts[LATE])) == ["unknown_column"]
    assert by_practice(desk) == before
    owners = dict(
        desk.rows("select distinct practice_code, site_code from mart.fct_population where period = '2022-04-01'")
    )
    assert {owners[p] for p in sent} == {LATE} and len(owners) == PRACTICES
    #  what the networks they left had sent of them is set aside now, and said
    aside = dict(desk.rows(
        """select site_code, rows_set_aside from ops.current_verdict inner join ops.submission using (submission_id)
           where rows_set_aside > 0"""
    ))  # fmt: skip
    assert LATE not in aside and sum(aside.values()) == 560
    #  two of the three are left with no practice of their own, as the new one was before
    said = {d: [rule for rule in desk.findings(receipts[d]) if rule != "unknown_column"] for d in donors}
    assert said == {
        "U22426": ["practice_not_of_site"], "U07199": ["no_practice_of_site"], "U54308": ["no_practice_of_site"],
    }  # fmt: skip
    for donor in donors:
        finding = desk.findings(receipts[donor])[said[donor][0]]
        assert f"(of {LATE})" in finding["message"] and finding["rows_count"] == aside[donor]
    #  ... and have ended with it: they owe no list for April, and the others' stand
    assert states(desk).keys() == {line.site_code for line in registered} - {"U07199", "U54308"} | {LATE}
    assert set(states(desk).values()) == {"received"}
