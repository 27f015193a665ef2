"""``pch`` as a site and the central team use it before anything is built: push, findings, status, replay, sql."""

import csv
import hashlib
import io
from pathlib import Path

import pytest
from desk import Desk, list_file
from terminal import Terminal

from pch.intake.landing import Landing
from pch.registry import feeds
from pch.settings import ROLES, Settings

REGISTER = """site_code,site_name,practice_code,valid_from
AAA01,Alder,A10001,2025-01-01
BBB01,Birch,B10001,2025-01-01
CCC01,Cedar,C10001,2025-01-01
"""
PUSH = ("--feed", "registered_list", "--period", "2025-03")


@pytest.fixture
def pch(settings: Settings, tmp_path: Path) -> Terminal:
    """A terminal whose warehouse knows three sites of one practice each."""
    terminal = Terminal(settings)
    register = tmp_path / "sites.csv"
    register.write_text(REGISTER)
    assert "Imported 3 sites, 3 practices, 3 memberships" in terminal.says("sites", "import", register)
    return terminal


def folder_of_lists(tmp_path: Path) -> Path:
    folder = tmp_path / "2025-03"
    folder.mkdir()
    for code in ("AAA01", "BBB01", "CCC01"):
        (folder / f"{code}.csv").write_text(list_file([f"{code[0]}10001"]))
    return folder


def test_a_folder_gives_a_receipt_a_file(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    folder = folder_of_lists(tmp_path)
    (folder / ".DS_Store").write_text("hidden")
    (folder / "deeper").mkdir()
    told = pch.json("push", folder, *PUSH)
    assert told["refused"] == []
    receipts = [r["receipt"] for r in told["received"]]
    assert [r["site_code"] for r in receipts] == ["AAA01", "BBB01", "CCC01"]
    for r in receipts:
        content = (folder / r["file_name"]).read_bytes()
        assert r["sha256"] == hashlib.sha256(content).hexdigest()
        assert r["bytes"] == len(content)
        assert Landing(pch.settings.landing).get(r["sha256"]) == content
    ledger = desk.rows("select submission_id, sha256, door, attempt from ops.submission order by 1")
    assert ledger == [(r["submission_id"], r["sha256"], "command line", 1) for r in receipts]
    again = pch.json("push", folder, *PUSH)
    assert [r["receipt"] | {"is_new": True} for r in again["received"]] == receipts
    assert desk.value("select count(*) from ops.submission") == 3


def test_one_refused_file_does_not_stop_the_others(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    folder = folder_of_lists(tmp_path)
    (folder / "BBB01.csv").rename(folder / "my list.csv")
    done = pch.run("push", folder, *PUSH, code=1)
    assert "refused  MY LIST my list.csv: 'MY LIST' is not a site code" in done.stderr
    assert "2 received, 0 received before, 1 refused." in done.stdout
    assert desk.rows("select site_code from ops.submission order by 1") == [("AAA01",), ("CCC01",)]


def test_requests_that_cannot_be_are_one_sentence(pch: Terminal, tmp_path: Path) -> None:
    folder = folder_of_lists(tmp_path)
    file = folder / "AAA01.csv"
    (tmp_path / "empty").mkdir()
    assert "There is no feed 'lists'" in pch.says("push", file, "--feed", "lists", "--period", "2025-03", code=1)
    wrong_month = ("--feed", "registered_list", "--period", "2025-3")
    assert "'2025-3' is not a period" in pch.says("push", file, *wrong_month, code=1)
    too_early = ("--feed", "registered_list", "--period", "2024-12")
    assert "2024-12 is outside the programme" in pch.says("push", file, *too_early, code=1)
    assert "There is no file in the folder" in pch.says("push", tmp_path / "empty", *PUSH, code=1)
    assert "There is no file or folder" in pch.says("push", tmp_path / "none.csv", *PUSH, code=1)
    assert "its files name their sites" in pch.says("push", folder, *PUSH, "--site", "AAA01", code=1)
    assert "Name a file or folder, or give a reason" in pch.says("push", *PUSH, code=2)
    assert "There is no site 'ZZZ01'" in pch.says("findings", "--site", "ZZZ01", "--period", "2025-03", code=1)
    assert "There is no file" in pch.says("sites", "import", tmp_path / "none.csv", code=1)
    assert "There is no metric 'PH99'" in pch.says("explain", "PH99", "--site", "AAA01", "--period", "2025-03", code=1)
    assert "has not been built" in pch.says("explain", "PH01", "--site", "AAA01", "--period", "2025-03", code=1)


def test_no_answer_from_the_warehouse_and_no_password_are_one_sentence(server: Settings, tmp_path: Path) -> None:
    nobody = Terminal(server.model_copy(update={"db_port": 1}))
    assert "The warehouse at 127.0.0.1:1 does not answer" in nobody.says("status", code=1)
    stranger = Terminal(server.model_copy(update={"home": tmp_path}))
    assert "No password for 'analyst'" in stranger.says("status", code=1)


def test_a_nil_return_is_a_submission_with_a_reason(pch: Terminal, desk: Desk) -> None:
    nil = ("--feed", "programme_inputs", "--period", "2025-03")
    assert "needs its --site" in pch.says("push", "--nil", "no staff", *nil, code=2)
    assert "needs a reason" in pch.says("push", "--nil", " ", *nil, "--site", "AAA01", code=1)
    pch.run("push", "--nil", "no staff yet", *nil, "--site", "aaa01")
    assert desk.rows("select site_code, nil_reason from ops.submission") == [("AAA01", "no staff yet")]
    pch.run("collect")
    assert "nil return: no staff yet" in pch.says("findings", "--site", "AAA01", "--period", "2025-03")
    counts = pch.json("status", "--feed", "programme_inputs", "--period", "2025-03")["total"]
    assert (counts["expected"], counts["nil_return"], counts["missing"]) == (3, 1, 2)


def test_the_same_bytes_say_where_they_are_and_how_to_reinstate_them(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(list_file(["A10001"]))
    second.write_text(list_file(["A10001"], lambda practice, sex, band: 11))
    push = (*PUSH, "--site", "AAA01")
    one = pch.json("push", first, *push)["received"][0]["receipt"]["submission_id"]
    two = pch.json("push", second, *push)["received"][0]["receipt"]["submission_id"]
    desk.collect()
    said = pch.says("push", first, *push)
    assert f"received before, as submission {one}; it was accepted." in said
    assert f"Submission {two} came after it." in said
    assert "--reinstate" in said
    assert desk.value("select count(*) from ops.submission") == 2
    three = pch.json("push", first, *push, "--reinstate")["received"][0]["receipt"]
    assert three["attempt"] == 3
    desk.collect()
    assert desk.value("select submission_id from ops.publication where is_current") == three["submission_id"]
    assert desk.value("select sum(registered_count) from raw.registered_list") == 38 * 10


def test_findings_say_where_and_what_next(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    ask = ("--site", "AAA01", "--period", "2025-03")
    assert "nothing was pushed, and no return is expected" in pch.says("findings", *ask, "--feed", "registered_list")
    file = tmp_path / "list.csv"
    file.write_text(list_file(["A10001"]).replace("A10001,female,5-9,10", "A10001,female,5-9,ten [bold]"))
    pch.run("push", file, *PUSH, "--site", "AAA01")
    assert "still being checked" in pch.says("findings", *ask, "--feed", "registered_list")
    assert "nothing was pushed; the return is missing" in pch.says("findings", *ask, "--feed", "programme_inputs")
    desk.collect()
    told = {c["feed"]: c for c in pch.json("findings", *ask)}
    assert {feed: c["state"] for feed, c in told.items()} == dict.fromkeys(feeds(), "missing") | {
        "registered_list": "rejected"
    }
    checked = told["registered_list"]
    stored = desk.rows("select rule, message, next_step from ops.current_finding order by finding_id")
    assert [(f["rule"], f["message"], f["next_step"]) for f in checked["findings"]] == stored
    finding = checked["findings"][0]
    assert (finding["severity"], finding["column"]) == ("error", "registered_count")
    assert finding["examples"] == [{"row_number": 3, "value": "ten [bold]"}]
    said = pch.says("findings", *ask)
    assert "rejected" in said
    assert "line 3: ten [bold]" in said  # a site's text is text, not markup
    assert f"Next: {finding['next_step']}" in said
    file.write_text(list_file(["A10001"]))
    pch.run("push", file, *PUSH, "--site", "AAA01")
    desk.collect()
    assert pch.json("findings", *ask, "--feed", "registered_list")[0]["attempt"]["is_in_use"] is True
    first = {c["feed"]: c for c in pch.json("findings", *ask, "--attempt", 1)}
    assert first["registered_list"]["attempt"]["verdict"] == "rejected"
    assert "pushed no attempt 3" in pch.says("findings", *ask, "--attempt", 3, code=1)


def test_a_site_outside_the_register_is_told_so(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(list_file(["Z10001"]))
    assert "Site ZZZ01 is not in the register" in pch.says("push", file, *PUSH, "--site", "ZZZ01")
    desk.collect()
    assert "rejected" in pch.says("findings", "--site", "ZZZ01", "--period", "2025-03", "--feed", "registered_list")
    assert pch.json("status")["unexpected_count"] == 1
    assert "1 submission(s) belong to no expected return" in pch.says("status")


def test_replay_judges_again_what_was_chosen(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    pch.run("push", folder_of_lists(tmp_path), *PUSH)
    desk.collect()
    before = desk.rows("select site_code, registered_count from raw.registered_list order by 1, 2")
    assert "1 submission(s) wait to be judged again" in pch.says("replay", "--site", "BBB01", "--reason", "new rule")
    assert desk.rows("select reason from ops.queue") == [("new rule",)]
    assert pch.json("status")["waiting_count"] == 1
    assert "(1 were waiting already)" in pch.says("replay", "--feed", "registered_list", "--reason", "x")
    desk.collect()
    assert desk.rows("select max(revision) from ops.verdict group by submission_id") == [(2,)] * 3
    assert desk.rows("select site_code, registered_count from raw.registered_list order by 1, 2") == before
    pch.run("replay", "--reason", "all of it", typed="n\n", code=1)
    assert desk.value("select count(*) from ops.queue") == 0
    pch.run("replay", "--reason", "all of it", "--yes")
    assert desk.value("select count(*) from ops.queue") == 3
    assert desk.rows("select detail ->> 'reason' from ops.audit where action = 'replay' order by audit_id") == [
        ("new rule",), ("x",), ("all of it",),
    ]  # fmt: skip
    assert "there is nothing to judge again" in pch.says("replay", "--site", "QQQ01", "--reason", "x", code=1)
    assert "needs a reason" in pch.says("replay", "--site", "BBB01", "--reason", " ", code=1)


def test_sql_reads_and_cannot_write(pch: Terminal, desk: Desk) -> None:
    query = "select site_code, 1.50 as money, '=1+1' as formula, -3 as below from ref.site order by 1"
    rows = list(csv.DictReader(io.StringIO(pch.run("sql", query, "--csv").stdout)))
    assert [r["site_code"] for r in rows] == ["AAA01", "BBB01", "CCC01"]
    assert rows[0] == {"site_code": "AAA01", "money": "1.50", "formula": "'=1+1", "below": "-3"}
    assert "AAA01 1.50 =1+1 -3" in pch.says("sql", query)
    assert pch.run("sql", "select 1 as one where false", "--csv").stdout == "one\n"
    assert "1000 The first 1,000 rows" in pch.says("sql", "select generate_series(1, 5000)")
    assert len(pch.run("sql", "select generate_series(1, 5000)", "--csv").stdout.splitlines()) == 5001
    for attempt in (
        "delete from ref.site", "with d as (delete from ref.site returning 1) select * from d",
        "select 1; commit; delete from ref.site", "commit", "set transaction read write",
        "copy (select 1) to stdout", "select no_such_column", "select 1/0", "",
    ):  # fmt: skip
        done = pch.run("sql", attempt, "--role", "owner", code=1)
        assert done.stderr.startswith("The database refused the query: "), done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert desk.value("select count(*) from ref.site") == 3
    assert "permission denied" in pch.says("sql", "select * from ops.submission", "--role", "bi_reader", code=1)
    assert "There is no role 'root'" in pch.says("sql", "select 1", "--role", "root", code=1)


def test_db_url_leads_to_the_warehouse(pch: Terminal) -> None:
    for role in ROLES:
        assert pch.run("db", "url", "--role", role).stdout == pch.settings.dsn(role) + "\n"
    assert pch.run("db", "url").stdout == pch.settings.dsn("analyst") + "\n"
    assert "is ready" in pch.says("db", "prepare")


def test_help_is_quick_and_names_every_command(server: Settings) -> None:
    terminal = Terminal(server)
    said = terminal.says("--help")
    for panel in ("For sites", "For the central team", "For analysts", "The machine"):
        assert panel in said
    commands = [
        "push",
        "findings",
        "status",
        "replay",
        "sites",
        "explain",
        "sql",
        "db",
        "up",
        "down",
        "ps",
        "collect",
        "build",
        "demo",
    ]
    for command in commands:
        assert f" {command} " in said
        terminal.run(command, "--help")
    assert terminal.run("--version").stdout.startswith("pch-progress ")
    terminal.run("pusch", code=2)


def test_ps_tells_what_runs(server: Settings) -> None:
    said = Terminal(server).says("ps")
    assert f"127.0.0.1:{server.db_port}" in said
    assert "scheduler not running" in said
