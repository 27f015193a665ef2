"""One file about every site, pushed with --all-sites: each site's lines received as a file of its own."""

import gzip
import hashlib
from datetime import date
from pathlib import Path

import pytest
from desk import Desk, list_file
from terminal import Terminal

from pch.errors import Refused
from pch.intake.landing import Landing
from pch.intake.publication import Publication, hand_in, told_apart
from pch.intake.push import NotReceived, Outcome, Received
from pch.settings import Settings

MONTH = date(2025, 3, 1)
SITES = {"AAA01": ["A10001", "A10002"], "BBB01": ["B10001"], "CCC01": ["C10001"]}
HEADER, *ROWS = list_file(["A10001", "A10002", "B10001", "X10001"]).splitlines(keepends=True)


def handed_in(desk: Desk, path: Path, feed: str = "registered_list") -> tuple[Publication, list[Outcome]]:
    with told_apart(desk.settings, path, feed, MONTH) as told:
        return told, list(hand_in(desk.settings, told, path))


def content_of(desk: Desk, outcome: Outcome) -> bytes:
    assert isinstance(outcome, Received), outcome
    return Landing(desk.settings.landing).get(outcome.receipt.sha256)


@pytest.fixture
def publication(desk: Desk, tmp_path: Path) -> Path:
    """Lines of four practices, one of them nobody's, shuffled; the third site has none."""
    desk.register(SITES)
    path = tmp_path / "national list.csv"
    path.write_bytes("".join([HEADER, *ROWS[::3], *ROWS[1::3], *ROWS[2::3]]).replace("\n", "\r\n").encode("utf-8-sig"))
    return path


def test_each_site_gets_its_lines_as_they_are(desk: Desk, publication: Path) -> None:
    told, outcomes = handed_in(desk, publication)
    whole = publication.read_bytes()
    header, *lines = whole.splitlines(keepends=True)
    for outcome, practices in zip(outcomes, ([b"A10001", b"A10002"], [b"B10001"]), strict=True):
        mine = [line for line in lines if line.split(b",")[0] in practices]
        assert content_of(desk, outcome) == header + b"".join(mine) and len(mine) == 38 * len(practices)
    digest = hashlib.sha256(whole).hexdigest()
    assert desk.rows("select site_code, door, file_name from ops.submission order by 1") == [
        (site, "publication", f"national list.csv ({digest[:12]}), part of {site}") for site in ("AAA01", "BBB01")
    ]
    assert (told.by, told.lines_count, told.strangers, told.without) == ("practice", 4 * 38, {"X10001": 38}, ["CCC01"])
    assert told.sentences() == [
        "152 lines were told apart by practice, for 2 sites.",
        "1 practice is of no site on 01 March 2025, and 38 lines were left out: X10001.",
        "1 site has no line in the file and got nothing: CCC01.",
    ]
    assert list(publication.parent.glob("pch-*")) == []


def test_the_whole_is_kept_and_audited_once(desk: Desk, publication: Path) -> None:
    handed_in(desk, publication)
    tables = ("ops.submission", "ops.queue", "ops.audit")
    before = [desk.rows(f"select * from {table} order by 1") for table in tables]
    _, again = handed_in(desk, publication)
    assert [o.receipt.is_new for o in again if isinstance(o, Received)] == [False, False]
    assert [desk.rows(f"select * from {table} order by 1") for table in tables] == before
    ((subject, detail),) = desk.rows("select subject, detail from ops.audit where action = 'push_publication'")
    whole = publication.read_bytes()
    assert subject == "registered_list for 2025-03"
    assert detail == {
        "file_name": "national list.csv", "sha256": hashlib.sha256(whole).hexdigest(), "bytes": len(whole),
        "lines_count": 152, "sites_count": 2, "lines_of_nobody_count": 38,
    }  # fmt: skip
    assert Landing(desk.settings.landing).get(detail["sha256"]) == whole


def test_it_reaches_the_warehouse(desk: Desk, publication: Path) -> None:
    handed_in(desk, publication)
    desk.collect()
    assert desk.rows("select site_code, verdict from ops.current_verdict inner join ops.submission using (submission_id) order by 1") == [
        ("AAA01", "accepted"), ("BBB01", "accepted"),
    ]  # fmt: skip
    assert desk.value("select sum(registered_count) from raw.registered_list") == 3 * 380


def test_gzip_gives_the_same_parts(desk: Desk, publication: Path) -> None:
    _, plain = handed_in(desk, publication)
    packed = publication.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(publication.read_bytes()))
    _, same = handed_in(desk, packed)
    assert [o.receipt.is_new for o in same if isinstance(o, Received)] == [False, False]
    assert [content_of(desk, a) for a in plain] == [content_of(desk, b) for b in same]


def test_lines_that_name_sites_go_by_them(desk: Desk, tmp_path: Path) -> None:
    """A feed that sites report: by the site that the file states, not by the practice beside it."""
    desk.register(SITES)
    header = (
        "site_code,practice_code,line_id,date,workstream,cost_category,funding_source,staff_role,hours,amount_gbp,basis"
    )
    row = "{},{},{},2025-03-04,Frailty,it,own,,,100,actual"
    path = tmp_path / "ledger.csv"
    path.write_text(
        "\n".join([header, row.format("BBB01", "A10001", 1), row.format("CCC01", "", 2), row.format("ZZZ01", "", 3)])
    )
    told, outcomes = handed_in(desk, path, "programme_inputs")
    assert [o.receipt.site_code for o in outcomes if isinstance(o, Received)] == ["BBB01", "CCC01"]
    assert (told.by, told.strangers, told.without) == ("site", {"ZZZ01": 1}, ["AAA01"])
    assert content_of(desk, outcomes[1]).decode() == f"{header}\n{row.format('CCC01', '', 2)}\n"


def test_a_practice_goes_where_it_was_that_month(desk: Desk, tmp_path: Path) -> None:
    desk.register({"AAA01": ["A10001"]}, start="2025-03-02")
    desk.register({"BBB01": ["B10001"]})
    path = tmp_path / "list.csv"
    path.write_text(list_file(["A10001", "B10001"]))
    told, outcomes = handed_in(desk, path)
    assert len(outcomes) == 1 and told.strangers == {"A10001": 38} and told.without == []


def test_what_cannot_be_told_apart_leaves_nothing(desk: Desk, publication: Path, tmp_path: Path) -> None:
    cases = {
        "ragged.csv": (publication.read_bytes() + b"B10001,male\r\n", "line 154 has 2"),
        "cut.csv.gz": (gzip.compress(publication.read_bytes())[:-9], "cannot be read"),
        "book.xlsx": (b"PK\x03\x04" + bytes(100), "not text in lines"),
        "other.csv": (b"a,b\n1,2\n", "columns are missing"),
    }
    for name, (content, said) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(Refused, match=said):
            handed_in(desk, path)
    assert desk.value("select count(*) from ops.submission") == 0
    assert desk.value("select count(*) from ops.audit where action = 'push_publication'") == 0
    with (
        pytest.raises(Refused, match="No practice belongs to any site on 01 January 2024"),
        told_apart(desk.settings, publication, "registered_list", date(2024, 1, 1)),
    ):
        pass


def test_a_part_too_large_does_not_stop_the_others(desk: Desk, publication: Path) -> None:
    small = desk.settings.model_copy(update={"max_file_mb": 0})
    with told_apart(small, publication, "registered_list", MONTH) as told:
        outcomes = list(hand_in(small, told, publication))
    assert [type(o) for o in outcomes] == [NotReceived, NotReceived]
    assert desk.value("select count(*) from ops.audit where action = 'push_publication'") == 0


def test_the_command(settings: Settings, desk: Desk, publication: Path) -> None:
    pch = Terminal(settings)
    address = ("--feed", "registered_list", "--period", "2025-03", "--all-sites")
    done = pch.run("push", publication, *address)
    assert "2 received, 0 received before, 0 refused." in done.stdout
    assert "1 practice is of no site on 01 March 2025, and 38 lines were left out: X10001." in done.stdout
    assert "1 site has no line in the file and got nothing: CCC01." in done.stdout
    again = pch.json("push", publication, *address)
    assert [r["receipt"]["is_new"] for r in again["received"]] == [False, False]
    assert again["publication"]["strangers"] == {"X10001": 38} and again["publication"]["without"] == ["CCC01"]
    assert "--all-sites goes with one file" in pch.says("push", publication, *address, "--site", "AAA01", code=2)
    assert "--all-sites goes with one file" in pch.says("push", publication.parent, *address, code=2)
