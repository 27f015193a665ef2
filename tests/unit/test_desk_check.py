"""A file on a site's own desk: what is found in it, what could not be asked and why, as words, JSON and exit code."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pch.cli import app
from pch.desk import check
from pch.desk.check import look
from pch.desk.looked import Looked, Register, gravest_first
from pch.registry import feeds
from pch.registry.rules import rules_of

APRIL = date(2026, 4, 1)
HEADER = "practice_code,sex,age_band,registered_count"
REGISTER = Register({"A81001": "PCH001", "B81001": "PCH002"}, frozenset({"PCH001", "PCH002"}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A negative number, one too large to believe, and a practice of another site."""
    path = tmp_path / "PCH001.csv"
    path.write_text(f"{HEADER}\nA81001,female,0-4,25000\nA81001,male,0-4,-12\nB81001,male,0-4,10\n")
    return path


def seen(path: Path, site: str | None = "PCH001", **how: object) -> Looked:
    return look(path, path.name, "registered_list", APRIL, site, **how)  # type: ignore[arg-type]


def rules(looked: Looked) -> list[str]:
    return [f.rule for f in looked.findings]


def why(looked: Looked) -> dict[str, str]:
    return {n.rule: n.why for n in looked.not_run}


def test_a_look_at_the_door_is_the_contract_alone(file: Path) -> None:
    looked = seen(file)
    assert (looked.rows_read, looked.findings, looked.verdict) == (3, [], "accepted")
    assert why(looked)["negative_patients"] == check.NOT_DEEP


def test_a_deep_look_with_the_register_is_all_but_history(file: Path) -> None:
    looked = seen(file, deep=True, register=REGISTER)
    assert rules(looked) == ["practice_not_of_site", "negative_patients", "implausible_patients"]
    assert [f.rule for f in gravest_first(looked.findings)] == [
        "negative_patients", "practice_not_of_site", "implausible_patients",
    ]  # fmt: skip
    assert looked.findings[0].message == (
        "The file has 1 row of practices that do not belong to PCH001 on 1 April 2026, first on line 4: "
        "B81001 (of PCH002). They are set aside and in no figure."
    )
    assert looked.verdict == "rejected"
    assert set(why(looked).values()) == {check.ARRIVAL, check.HISTORY, check.OTHER_FEEDS}
    assert {r for r, reason in why(looked).items() if reason == check.ARRIVAL} == check.CLOSES


@pytest.mark.parametrize("feed", sorted(feeds()))
def test_every_declared_rule_is_asked_or_said_not_to_be(feed: str, tmp_path: Path) -> None:
    """Of the rules that the centre would ask of a file, those that are not run are of the layers that cannot be."""
    path = tmp_path / "x.csv"
    path.write_text(",".join(c.name for c in feeds()[feed].columns) + "\n")
    declared = rules_of(feed, APRIL)
    layers = {declared[n.rule].layer for n in look(path, "x", feed, APRIL, None).not_run}
    assert layers >= {"contract", "register", "row", "submission"}
    looked = look(path, "x", feed, APRIL, "PCH001", deep=True, register=REGISTER)
    assert {declared[n.rule].layer for n in looked.not_run} <= {"register", "submission", "cross_feed"}
    assert all(n.sentence == declared[n.rule].sentence for n in looked.not_run)


def test_files_of_strangers_and_of_sites_nobody_registered(file: Path, tmp_path: Path) -> None:
    assert rules(seen(file, "PCH002", register=Register({}, frozenset({"PCH002"})))) == ["no_practice_of_site"]
    ledger = tmp_path / "inputs.csv"
    ledger.write_text(",".join(c.name for c in feeds()["programme_inputs"].columns) + "\n")
    looked = look(ledger, "inputs.csv", "programme_inputs", APRIL, "PCH009", register=REGISTER)
    assert rules(looked) == ["no_rows", "unknown_site"]


def test_a_site_that_is_not_known_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADER},site_code\nA81001,female,0-4,10,PCH007\n")
    assert rules(seen(path)) == ["other_site"]
    looked = seen(path, None, deep=True, register=REGISTER)
    assert looked.findings == []
    assert {r for r, reason in why(looked).items() if reason == check.NO_SITE} == {
        "other_site", "unknown_site", "no_practice_of_site", "practice_not_of_site",
    }  # fmt: skip


def test_the_command_prints_and_ends_as_the_verdict_says(file: Path, tmp_path: Path) -> None:
    register = tmp_path / "sites.csv"
    register.write_text(
        "site_code,site_name,practice_code,valid_from,valid_to\nPCH001,One,A81001,2020-01-01,\n"
        "PCH001,One,B81001,2020-01-01,2026-04-01\nPCH002,Two,B81001,2026-04-01,\n"
    )
    said = told(1, file, "--register", register)
    at = [said.index(text) for text in (
        "registered_list of PCH001 for 2026-04: rejected", "PCH001.csv, 3 rows read", "ERROR 1 row: a number of patients",
        "WARNING The file has 1 row of practices", "B81001 (of PCH002)", "WARNING 1 row: more than 20,000",
        "needs what the site sent before: copy of last month",
    )]  # fmt: skip
    assert at == sorted(at)
    sound = tmp_path / "extract.csv"  # its name is no code: nobody knows whose it is
    sound.write_text(f"{HEADER}\nA81001,female,0-4,10\n")
    said = told(0, sound)
    assert "of a site that is not named for 2026-04: accepted extract.csv, 1 row read Nothing was found" in said
    assert "needs to know which site the file is of (--site CODE): other site" in said
    sound.write_text(f"{HEADER}\nA81001,female,0-4,20001\n")
    answer = json.loads(run(0, sound, "--site", "pch001", "--json").stdout)
    assert (answer["site_code"], answer["verdict"], answer["rows_read"]) == ("PCH001", "accepted_with_warnings", 1)
    assert [f["rule"] for f in answer["findings"]] == ["implausible_patients"]
    assert answer["findings"][0]["examples"] == [{"row_number": 2, "value": "registered_count 20001"}]
    assert {n["why"] for n in answer["not_run"] if n["rule"] == "unknown_site"} == {check.NO_REGISTER}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--feed", "lists", "--period", "2026-04"], "There is no feed 'lists'"),
        (["--feed", "registered_list", "--period", "April"], "'April' is not a period"),
        (["--feed", "registered_list", "--period", "2026-04", "--register", "none.csv"], "does not exist"),
    ],
)
def test_a_command_that_cannot_be_is_told_from_a_bad_file(file: Path, arguments: list[str], sentence: str) -> None:
    done = CliRunner().invoke(app, ["check", str(file), *arguments])
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())


def run(code: int, path: Path, *arguments: object) -> Result:
    of_april = ["--feed", "registered_list", "--period", "2026-04"]
    done = CliRunner().invoke(app, ["check", str(path), *of_april, *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def told(code: int, path: Path, *arguments: object) -> str:
    return " ".join(run(code, path, *arguments).stdout.split())
