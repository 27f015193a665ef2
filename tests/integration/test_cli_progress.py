"""``pch target``, ``priority``, ``characteristic``, ``rebase``, ``baseline`` and ``progress`` as people type them."""

from datetime import date
from pathlib import Path

import pytest
from desk import Desk
from terminal import Terminal

from pch.settings import Settings
from pch.warehouse.calendar import add_months, ensure_periods, last_complete_month

NEWEST = last_complete_month(date.today())
ELEVEN_BEFORE = add_months(NEWEST, -11)
BECAUSE = ("--because", "Agreed by the board.", "--by", "Ann")


@pytest.fixture
def pch(settings: Settings, desk: Desk) -> Terminal:
    """Two sites, and the twelve months to the newest."""
    desk.register({"AAA01": ["A10001"], "BBB01": ["B10001"]})
    ensure_periods(desk.owner, ELEVEN_BEFORE, NEWEST)
    return Terminal(settings)


def test_targets_are_set_listed_and_withdrawn(pch: Terminal) -> None:
    assert "No target is in force." in pch.says("target", "list")
    first, last = f"{ELEVEN_BEFORE:%Y-%m}", f"{NEWEST:%Y-%m}"
    set_ = ("target", "set", "--metric", "ph01", "--from", first, *BECAUSE)
    said = pch.says(*set_, "--site", "aaa01", "--value", 90, "--to", last, "--to-value", 85.5)
    assert said == (
        f"The target of PH01 of AAA01 is 90 from {first} to 85.5 in {last}. 12 month(s) wait to be built for it."
    )
    said = pch.says(*set_, "--value", 90, "--to", last, "--to-value", 95)
    assert f"The target of PH01 of the whole programme is 90 from {first} to 95 in {last}." in said
    assert "Look again: PH01 is better lower, and this trajectory leads from 90 to 95." in said
    said = pch.says(*set_, "--value", 90, "--to", last, "--to-value", 95)
    assert "That is in force already, word for word: nothing changed." in said

    listed = pch.says("target", "list", "--site", "aaa01")
    assert f"PH01 all sites {first} 90 to 95 in {last} Agreed by the board. Ann, 20" in listed
    assert f"PH01 AAA01 {first} 90 to 85.5 in {last}" in listed
    assert "AAA01" not in pch.says("target", "list", "--site", "BBB01")
    (programme, own) = pch.json("target", "list", "--metric", "PH01")
    assert [own[k] for k in ("site_code", "value", "to_period", "to_value", "set_by", "effective_to")] == [
        "AAA01", 90, NEWEST.isoformat(), 85.5, "Ann", None,
    ]  # fmt: skip
    assert programme["site_code"] is None

    withdraw = ("target", "withdraw", "--metric", "PH01", "--from", first, *BECAUSE)
    said = pch.says(*withdraw)
    assert f"The target of PH01 of the whole programme from {first} is withdrawn. 12 month(s) wait" in said
    assert [t["site_code"] for t in pch.json("target", "list")] == ["AAA01"]
    assert "so there is nothing to withdraw." in pch.says(*withdraw, code=1)


def test_what_cannot_be_declared_is_refused_in_words(pch: Terminal) -> None:
    set_ = ("target", "set", "--value", 90, "--from", "2026-04")
    assert "There is no metric 'PH1'" in pch.says(*set_, "--metric", "PH1", *BECAUSE, code=1)
    assert "There is no site 'ZZZ01' in the register" in pch.says(
        *set_, "--metric", "PH01", "--site", "ZZZ01", *BECAUSE, code=1
    )
    assert "'2026-13' is not a period" in pch.says(*set_, "--from", "2026-13", "--metric", "PH01", *BECAUSE, code=1)
    assert "A target needs a sentence" in pch.says(*set_, "--metric", "PH01", "--because", "so", code=1)
    fact = (
        "characteristic",
        "record",
        "--site",
        "AAA01",
        "--characteristic",
        "integrated_workforce",
        "--level",
        "partly",
    )
    assert "'1 May' is not a day. A day is written like" in pch.says(
        *fact, "--as-of", "1 May", "--evidence", "Seen.", code=1
    )
    assert "There is no metric 'XX99'" in pch.says("target", "list", "--metric", "XX99", code=1)
    assert "There is no site 'ZZZ01'" in pch.says("priority", "list", "--site", "ZZZ01", code=1)


def test_a_site_chooses_what_comes_first(pch: Terminal) -> None:
    assert "No site has chosen a priority." in pch.says("priority", "list")
    first, last = f"{ELEVEN_BEFORE:%Y-%m}", f"{NEWEST:%Y-%m}"
    choose = ("priority", "set", "--site", "aaa01", "--from", first, *BECAUSE)
    assert f"IN01 is a priority of AAA01 from {first}. 12 month(s)" in pch.says(*choose, "--metric", "in01")
    assert f"PH01 is a priority of AAA01 from {first} to {last}." in pch.says(*choose, "--metric", "PH01", "--to", last)
    listed = pch.says("priority", "list", "--site", "aaa01")
    assert f"AAA01 1 IN01 {first} Agreed by the board. Ann, 20" in listed
    assert f"AAA01 2 PH01 {first} {last} Agreed" in listed
    end = ("priority", "end", "--site", "AAA01", "--metric", "IN01", "--to", last, *BECAUSE)
    assert f"IN01 is a priority of AAA01 up to {last}." in pch.says(*end)
    assert [p["to_period"] for p in pch.json("priority", "list")] == [NEWEST.isoformat()] * 2
    said = pch.says("priority", "withdraw", "--site", "AAA01", "--metric", "PH01", "--from", first, *BECAUSE)
    assert f"The priority PH01 of AAA01 from {first} is withdrawn." in said
    assert [p["metric_code"] for p in pch.json("priority", "list")] == ["IN01"]


def test_how_far_the_model_is_in_place_is_recorded(pch: Terminal) -> None:
    assert "Nothing is recorded" in pch.says("characteristic", "list")
    record = ("characteristic", "record", "--site", "aaa01", "--characteristic", "integrated_workforce", "--by", "Ann")
    said = pch.says(*record, "--level", "in_place", "--as-of", "2025-04-01", "--evidence", "Seen [by] us at the visit.")
    assert said == "AAA01, an integrated workforce: in place as of 2025-04-01. 1 month(s) wait to be built for it."
    listed = pch.says("characteristic", "list")
    assert "AAA01 integrated_workforce 2025-04-01 in place Seen [by] us at the visit. Ann, 20" in listed
    (fact,) = pch.json("characteristic", "list", "--site", "AAA01")
    assert (fact["level"], fact["effective_to"]) == ("in_place", None)
    withdraw = ("characteristic", "withdraw", "--site", "AAA01", "--characteristic", "integrated_workforce")
    assert "is withdrawn. 1 month(s)" in pch.says(*withdraw, "--as-of", "2025-04-01", *BECAUSE)
    assert pch.json("characteristic", "list") == []


def test_a_file_of_many_sites_goes_in_whole_or_not_at_all(pch: Terminal, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    header = "site_code,characteristic,level,as_of,evidence"
    good = 'AAA01,population_30_50k,in_place,2025-04-01,"Lists of April, and\nthe map."'
    facts.write_text(
        f"{header}\n{good}\nZZZ01,budget,nearly,2025-04-01,Said so in a letter.\nAAA01,population_30_50k,partly,2025-04-31,\n"
    )
    said = pch.says("characteristic", "import", facts, code=1)
    for sentence in (
        "line 4: There is no site 'ZZZ01' in the register.", "line 4: There is no characteristic 'budget'.",
        "line 4: There is no level 'nearly'.", "line 5: as_of '2025-04-31' is not a date like 2026-04-01",
    ):  # fmt: skip
        assert sentence in said
    assert "line 3" not in said
    assert pch.json("characteristic", "list") == []
    facts.write_text(f"{header}\n{good}\nbbb01,population_30_50k,not_started,2025-04-01,Lists of April.\n{good}\n")
    assert "line 6: it stands for line 3: leave one of them out" in pch.says("characteristic", "import", facts, code=1)
    facts.write_text(f"{header}\n{good}\nbbb01,population_30_50k,not_started,2025-04-01,Lists of April.\n")
    assert "2 fact(s) recorded." in pch.says("characteristic", "import", facts)
    assert "nothing changed" in pch.says("characteristic", "import", facts)
    assert [(f["site_code"], f["level"]) for f in pch.json("characteristic", "list")] == [
        ("AAA01", "in_place"), ("BBB01", "not_started"),
    ]  # fmt: skip

    targets = tmp_path / "targets.csv"
    targets.write_text("metric_code,site_code,from_period,value,to_period,to_value,because\n"
                       "PH01,AAA01,2026-04,90,2027-03,85,The plan of the year.\n"
                       "PH01,,2026-04,ninety,,,The plan of the year.\n"
                       "XX01,,2026-04,90,2027-03,,\n"
                       "PH01,BBB01,,90,,,The plan of the year.\n")  # fmt: skip
    said = pch.says("target", "import", targets, code=1)
    for sentence in (
        "line 3: value 'ninety' is not a number", "line 4: There is no metric 'XX01'.",
        "line 4: A trajectory needs both", "line 4: A target needs a sentence", "line 5: from_period is empty",
    ):  # fmt: skip
        assert sentence in said
    targets.write_text("metric_code,site_code,from_period,value,because\n"
                       "ph01,aaa01,2026-04,90,The plan of the year.\n"
                       "DQ01,,2026-04,95,The plan of the year.\n")  # fmt: skip
    assert "2 target(s) set." in pch.says("target", "import", targets, "--by", "Ann")
    assert [(t["metric_code"], t["site_code"], t["value"], t["set_by"]) for t in pch.json("target", "list")] == [
        ("DQ01", None, 95, "Ann"), ("PH01", "AAA01", 90, "Ann"),
    ]  # fmt: skip
    targets.write_text("metric_code,from_period,value,becuase\n")
    assert "lacks the column(s) because" in pch.says("target", "import", targets, code=1)
    targets.write_text("metric_code,from_period,value,because,to\n")
    assert "has the column(s) to, which mean nothing" in pch.says("target", "import", targets, code=1)
    assert "There is no file" in pch.says("target", "import", tmp_path / "none.csv", code=1)


def test_charts_begin_anew_where_it_is_declared(pch: Terminal) -> None:
    rebase = ("rebase", "--metric", "ph01", "--site", "aaa01", "--from", f"{NEWEST:%Y-%m}", *BECAUSE)
    begins = f"The chart of PH01 of AAA01 begins anew with {NEWEST:%Y-%m}"
    assert f"{begins}. 1 month(s) wait" in pch.says(*rebase)
    assert f"{begins}: Agreed by the board. (Ann, 20" in pch.says("baseline", "list")
    assert [r["site_code"] for r in pch.json("baseline", "list")["rebases"]] == ["AAA01"]
    assert "is withdrawn." in pch.says(*rebase, "--withdraw")
    assert pch.says("baseline", "list").startswith("No baseline is frozen yet")


def test_before_a_build_there_is_nothing_to_judge(pch: Terminal) -> None:
    assert "the warehouse has not been built" in pch.says("progress", "--site", "AAA01", code=1)
    assert "There is no site 'ZZZ01'" in pch.says("progress", "--site", "ZZZ01", code=1)


def test_progress_is_told_in_words_with_the_sites_own_priorities_first(two_sites: Desk) -> None:
    pch = Terminal(two_sites.settings)
    of_august = ("progress", "--site", "aaa01", "--period", "2026-08")
    pch.run("priority", "set", "--site", "AAA01", "--metric", "PH01", "--from", "2026-08", *BECAUSE)
    pch.run("target", "set", "--metric", "PH01", "--from", "2026-08", "--value", 2500, *BECAUSE)
    said = pch.says(*of_august)
    assert said.startswith("AAA01 Site AAA01, 2026-08 The site's own priorities Metric Verdict Baseline Now Change")
    assert (
        "PH01 too early 2,400 2,400 Emergency admissions, all causes: too early" in said.split("The other metrics")[0]
    )
    assert "It may change: 2026-08 changed since and wait to be built." in said

    two_sites.build()
    said = pch.says(*of_august)
    assert "2,500, met" in said.split("The other metrics")[0]
    assert "It may change" not in said
    told = pch.json(*of_august)
    assert (told["period"], told["awaiting"]) == ("2026-08-01", [])
    (first, *others) = told["verdicts"]
    names = ("metric_code", "priority_rank", "verdict", "baseline_last_period", "target_value", "is_target_met")
    assert [first[n] for n in names] == ["PH01", 1, "too_early", "2026-07-01", 2500, True]
    assert first["value"] == pytest.approx(2400, rel=1e-9)
    assert first["verdict_text"] in " ".join(said.split())
    assert {v["priority_rank"] for v in others} == {None}
    assert {v["verdict"] for v in others if v["metric_code"] == "WF01"} == {"cannot_say"}

    assert [v["metric_code"] for v in pch.json(*of_august, "--metric", "ph02")["verdicts"]] == ["PH02"]
    assert "The site's own priorities" not in pch.says("progress", "--site", "AAA01", "--period", "2026-07")
    newest = pch.json("progress", "--site", "AAA01", "--metric", "PH01")
    assert (
        newest["period"]
        == two_sites.value(
            "select max(period) from mart.fct_progress where site_code = 'AAA01' and value is not null"
        ).isoformat()
    )
    assert "no verdict on anything for AAA01 and 2024-01" in pch.says(*of_august[:3], "--period", "2024-01", code=1)
    assert "There is no metric 'PH99'" in pch.says(*of_august, "--metric", "PH99", code=1)
    assert "PH01 AAA01 2025-08 to 2026-07 2,400" in pch.says("baseline", "list", "--site", "AAA01", "--metric", "PH01")
    set_ = ("baseline", "set", "--metric", "PH01", "--site", "aaa01", "--period", "2026-08", *BECAUSE)
    assert "The baseline of PH01 of AAA01 is 2400, 2025-09 to 2026-08." in pch.says(*set_)
    withdraw = ("baseline", "withdraw", "--metric", "PH01", "--site", "AAA01", *BECAUSE)
    assert "The baseline of PH01 of AAA01 is withdrawn." in pch.says(*withdraw)
