"""``pch push --to``: a real process, through a line that fails, to a real door; one receipt whatever happens."""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cutting import busy, cut_after, cut_before_the_answer, line_to
from front import Door, a_port
from typer.testing import CliRunner

from pch.cli import app
from pch.desk.push import TRIES, FrontDoor, NotReached
from pch.intake.landing import Landing
from pch.pipeline.batches import plan
from pch.pipeline.collect import load
from pch.registry import BANDS

PCH = Path(sys.executable).with_name("pch")
HEADER = "practice_code,sex,age_band,registered_count"
FEED = "registered_list"


@dataclass
class Sender:
    """Somebody at a site, with the site's key in the environment and no warehouse."""

    door: Door
    folder: Path
    site: str = "PCH001"

    def start(self, *arguments: object, to: str = "", key: str | None = None) -> "subprocess.Popen[str]":
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PCH_")}
        environment |= {"PCH_KEY": self.door.key(self.site) if key is None else key, "PCH_HOME": str(self.folder)}
        return subprocess.Popen(
            [PCH, "push", *map(str, arguments), "--to", to or self.door.url],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def push(self, *arguments: object, code: int = 0, to: str = "", key: str | None = None) -> tuple[str, str]:
        """What it printed, on both streams, each as one line of words."""
        process = self.start(*arguments, to=to, key=key)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, out + err
        secret = self.door.key(self.site)
        assert secret not in out + err and secret.rsplit("_", 1)[1] not in out + err and "Traceback" not in err
        return " ".join(out.split()), " ".join(err.replace("│", " ").split())

    def json(self, *arguments: object, code: int = 0, to: str = "") -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = json.loads(self.push(*arguments, "--json", code=code, to=to)[0])
        return answers

    def submissions(self, period: str, feed: str = FEED) -> list[tuple[Any, ...]]:
        return self.door.owner.execute(
            """select submission_id, sha256, file_name, submitted_by, door from ops.submission
               where (site_code, feed, period) = (%s, %s, %s) order by 1""",
            (self.site, feed, f"{period}-01"),
        ).fetchall()


@pytest.fixture
def sender(door: Door, tmp_path: Path) -> Sender:
    return Sender(door, tmp_path)


def of(period: str, feed: str = FEED) -> list[str]:
    return ["--feed", feed, "--period", period]


def a_list(folder: Path, name: str, *practices: str, count: object = 10) -> Path:
    lines = [f"{p},{sex},{band},{count}" for p in practices for sex in ("female", "male") for band in BANDS]
    path = folder / name
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path


def test_a_receipt_and_what_the_contract_finds(sender: Sender) -> None:
    file = a_list(sender.folder, "PCH001.Höhe 1.csv", "A81001", "A81002")
    out, err = sender.push(file, *of("2025-03"))
    ((number, sha256, name, by, door),) = sender.submissions("2025-03")
    assert (sha256, name) == (hashlib.sha256(file.read_bytes()).hexdigest(), file.name)
    assert (by, door) == ("Manager of PCH001", "api")
    assert Landing(sender.door.settings.landing).get(sha256) == file.read_bytes()
    assert out.startswith(f"submission {number} PCH001 registered_list 2025-03 attempt 1 sha256 {sha256[:12]}")
    assert "being checked" in out and err == ""
    again, _ = sender.push(file, *of("2025-03"))
    assert f"submission {number} " in again and "These bytes were received before" in again
    assert len(sender.submissions("2025-03")) == 1
    bad = a_list(sender.folder, "PCH001.csv", "A81001", count="ten")
    out, _ = sender.push(bad, *of("2025-03"), code=1)
    assert "attempt 2" in out and "PCH001.csv: rejected ERROR Column 'registered_count'" in out
    assert "Next: Write whole numbers in digits" in out and "[bad_count]" in out


@pytest.mark.parametrize(
    "way", [cut_after(3_000), cut_after(700_000), cut_before_the_answer], ids=["early", "late", "deaf"]
)
def test_a_cut_connection_costs_no_receipt_and_makes_no_second_one(
    sender: Sender, way: Any, request: pytest.FixtureRequest
) -> None:
    """Cut in the headers' wake, in the midst of a megabyte, and after all of it was received but before the answer."""
    period = {"early": "2025-04", "late": "2025-05", "deaf": "2025-06"}[request.node.callspec.id]
    file = sender.folder / "PCH001.csv"
    file.write_text(f"{HEADER}\n" + "A81001,female,0-4,10\n" * 50_000)
    with line_to(sender.door.settings.door_port, way) as line:
        out, err = sender.push(file, *of(period), to=line.url)
        assert line.connections == 2
    assert "does not answer" in err and "Trying again in" in err
    ((number, sha256, *_),) = sender.submissions(period)
    assert out.startswith(f"submission {number} ") and sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    named = "select length(idempotency_key) from ops.idempotency_key where submission_id = %s"
    assert sender.door.value(named, number) == 36


def test_it_waits_as_long_as_it_is_told_to(sender: Sender) -> None:
    file = a_list(sender.folder, "PCH001.csv", "A81001")
    ways = [busy("503 Service Unavailable", "Retry-After: 2"), busy("429 Too Many Requests"), busy("502 Bad Gateway")]
    with line_to(sender.door.settings.door_port, *ways) as line:
        begun = time.monotonic()
        (answer,) = sender.json(file, *of("2025-07"), to=line.url)
        assert line.connections == 4 and time.monotonic() - begun >= 2
    assert answer["outcome"] == "received" and len(sender.submissions("2025-07")) == 1
    with line_to(sender.door.settings.door_port, busy("429 Too Many Requests", "Retry-After: 600")) as line:
        _, err = sender.push(file, *of("2025-07"), to=line.url, code=3)  # ten minutes are too long to stand and wait
        assert "(429)" in err and line.connections == 1


def test_a_door_that_is_not_there_is_tried_eight_times() -> None:
    tried: list[str] = []
    nowhere = FrontDoor(f"http://127.0.0.1:{a_port()}", "pch_x", tried.append, first_pause=0.01)
    with nowhere as door, pytest.raises(NotReached, match="does not answer"):
        door.get("/me")
    assert len(tried) == TRIES - 1 and all("Connection refused" in sentence for sentence in tried)


def test_what_the_door_refuses_is_said_in_its_words_and_not_tried_again(sender: Sender) -> None:
    file = a_list(sender.folder, "PCH002.csv", "B81001")
    with line_to(sender.door.settings.door_port) as line:
        _, err = sender.push(file, *of("2025-03"), code=1, to=line.url)  # another site's
        assert "refused PCH002 PCH002.csv: There is nothing here, or it is not yours" in err
        _, err = sender.push(file, *of("2019-01"), "--site", "PCH001", code=1, to=line.url)
        assert "2019-01 is outside the programme" in err
        wrong = f"pch_{'a' * 10}_{'b' * 43}"
        _, err = sender.push(file, *of("2025-03"), code=1, to=line.url, key=wrong)
        assert "The key is not known" in err and "b" * 10 not in err
        assert line.connections == 3
    assert sender.door.value("select count(*) from ops.submission where site_code = 'PCH002'") == 0


@pytest.mark.parametrize(
    ("arguments", "to", "key", "sentence"),
    [
        (["PCH001.csv", *of("2025-03", "lists")], "", "pch_x", "There is no feed 'lists'"),
        (["PCH001.csv", *of("2025-3")], "", "pch_x", "'2025-3' is not a period"),
        (["PCH001.csv", *of("2025-03")], "", "", "The site's key is needed"),
        (["PCH001.csv", *of("2025-03")], "", "two words", "That is no key"),
        (
            ["PCH001.csv", *of("2025-03")],
            "http://returns.example.org",
            "pch_x",
            "everybody on the way could read the key",
        ),
        (["PCH001.csv", *of("2025-03")], "returns.example.org", "pch_x", "is not the address of a front door"),
        (["PCH001.csv", *of("2025-03"), "--key-file", "none"], "", "pch_x", "cannot be read"),
        (["none.csv", *of("2025-03")], "", "pch_x", "There is no file or folder"),
        (["--nil", "closed", *of("2025-03")], "", "pch_x", "A nil return needs its --site"),
    ],
)
def test_commands_that_cannot_be(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, arguments: list[str], to: str, key: str, sentence: str
) -> None:
    a_list(sender.folder, "PCH001.csv", "A81001")
    monkeypatch.chdir(sender.folder)
    done = CliRunner().invoke(app, ["push", *arguments, "--to", to or sender.door.url], env={"PCH_KEY": key})
    assert done.exit_code == 2 and sentence in " ".join(done.stderr.replace("│", " ").split())


def test_a_rehearsal_files_nothing(sender: Sender) -> None:
    file = a_list(sender.folder, "PCH001.csv", "A81001", "B81001", count=-5)
    before = sender.door.value("select count(*) from ops.submission")
    (answer,) = sender.json(file, *of("2025-08"), "--dry-run", code=1)
    assert (answer["outcome"], answer["verdict"], answer["receipt"]) == ("rehearsed", "rejected", None)
    assert {f["rule"] for f in answer["findings"]} == {"negative_patients", "practice_not_of_site"}
    assert "tenfold_total" in {n["rule"] for n in answer["not_run"]}
    assert sender.door.value("select count(*) from ops.submission") == before


def test_a_folder_a_nil_return_and_a_key_in_a_file(sender: Sender) -> None:
    folder = sender.folder / "lists"
    folder.mkdir()
    for site, practice in (("PCH001", "A81001"), ("PCH002", "B81001"), ("PCH003", "C81001")):
        a_list(folder, f"{site}.csv", practice)
    (folder / "PCH003.csv").write_text("")
    (sender.folder / "team.key").write_text(f"\ufeff{sender.door.key(None)}\r\n")
    by_team = [folder, *of("2025-09"), "--key-file", sender.folder / "team.key"]
    told = sender.json(*by_team, code=1)
    assert [(a["site"], a["outcome"], a["verdict"]) for a in told] == [
        ("PCH001", "received", "being_checked"), ("PCH002", "received", "being_checked"),
        ("PCH003", "received", "rejected"),
    ]  # fmt: skip
    out, _ = sender.push("--nil", "No staff yet.", "--site", "pch001", *of("2025-09", "programme_inputs"))
    assert "PCH001 programme_inputs 2025-09 attempt 1" in out and "nil return" in out
    query = "select nil_reason from ops.submission where feed = 'programme_inputs' and site_code = 'PCH001'"
    assert sender.door.value(query) == "No staff yet."


def test_it_waits_for_the_verdict(sender: Sender) -> None:
    file = a_list(sender.folder, "PCH001.csv", "A81001", "A81002", count=25_000)
    process = sender.start(file, *of("2025-10"), "--wait")
    while process.poll() is None and not sender.submissions("2025-10"):
        time.sleep(0.1)
    for batch in plan(sender.door.settings):
        load(sender.door.settings, batch)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "PCH001.csv: accepted with warnings" in " ".join(out.split())
    assert "[implausible_patients]" in out
