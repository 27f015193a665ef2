"""Grants as the central team records them: ``pch grants``, its files, and the simulated programme's."""

import re
from collections import defaultdict
from csv import DictReader
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from desk import Desk, list_file
from terminal import Terminal

from pch.errors import Refused
from pch.settings import Settings
from pch.simulate import Programme
from pch.warehouse.calendar import ensure_periods, last_complete_month
from pch.warehouse.db import connect
from pch.warehouse.programme.files import import_grants
from pch.warehouse.programme.grants import Award, award_grants
from pch.warehouse.register import import_sites, read_register

NEWEST = last_complete_month(date.today())
BECAUSE = ("--because", "Letter of the programme.", "--by", "Ann")
HEADER = "site_code,funding_source,awarded_on,amount_gbp,gbp_per_patient,from_period,to_period,because\n"
WHY = "Letter of the programme."


@pytest.fixture
def pch(settings: Settings, desk: Desk) -> Terminal:
    """Two sites; of AAA01 a list of 380 patients for the newest month, of BBB01 one with a withheld cell."""
    desk.register({"AAA01": ["A10001"], "BBB01": ["B10001"]})
    ensure_periods(desk.owner, NEWEST, NEWEST)
    desk.push("AAA01", "registered_list", f"{NEWEST:%Y-%m}", list_file(["A10001"]))
    desk.push("BBB01", "registered_list", f"{NEWEST:%Y-%m}", list_file(["B10001"]).replace(",10\n", ",*\n", 1))
    desk.collect()
    return Terminal(settings)


def test_a_grant_is_recorded_listed_and_withdrawn(pch: Terminal, desk: Desk) -> None:
    assert "No grant is recorded." in pch.says("grants", "list")
    month = f"{NEWEST:%Y-%m}"
    award = ("grants", "award", "aaa01", "--on", "2015-10-01", *BECAUSE)
    start = (*award, "--source", "start_up_grant", "--from", "2015-10", "--to", "2017-09")
    assert pch.says(*start, "--amount", 40000) == (
        "AAA01 was given £40,000.00 (start_up_grant), to spend from 2015-10 to 2017-09. 1 month(s) wait to be built for it."
    )
    assert "in force already, word for word" in pch.says(*start, "--amount", 40000)
    patients = ("--source", "per_patient_grant", "--from", month, "--to", month, "--per-patient", 1.25)
    assert "AAA01 was given £475.00 (per_patient_grant)" in pch.says(*award, *patients)  # 380 patients

    listed = pch.says("grants", "list", "--site", "aaa01")
    assert f"AAA01 start up grant 2015-10-01 40,000.00 2015-10 2017-09 {WHY} Ann, 20" in listed
    assert pch.says(*start, "--amount", 30000).startswith("AAA01 was given £30,000.00")  # a later word
    columns = ("funding_source", "amount_gbp", "first_period", "last_period", "awarded_by")
    assert [[g[c] for c in columns] for g in pch.json("grants", "list")] == [
        ["per_patient_grant", 475, NEWEST.isoformat(), NEWEST.isoformat(), "Ann"],
        ["start_up_grant", 30000, "2015-10-01", "2017-09-01", "Ann"],
    ]
    withdraw = ("grants", "withdraw", "AAA01", "--source", "start_up_grant", "--on", "2015-10-01", *BECAUSE)
    assert "The start_up_grant of AAA01 of 2015-10-01 is withdrawn. 1 month(s) wait" in pch.says(*withdraw)
    assert "so there is nothing to withdraw" in pch.says(*withdraw, code=1)
    assert [g["funding_source"] for g in pch.json("grants", "list")] == ["per_patient_grant"]
    assert desk.value("select count(*) from ops.grant_award") == 4  # nothing is lost
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
        desk.owner.execute("update ops.grant_award set amount_gbp = 1")


def test_what_cannot_be_a_grant_is_refused_in_words(pch: Terminal, desk: Desk) -> None:
    good = Award("AAA01", "own", date(2015, 10, 1), Decimal(5), date(2015, 10, 1), date(2017, 9, 1), WHY)
    for changed, said in (
        ({"site_code": "ZZZ01"}, "There is no site 'ZZZ01' in the register."),
        ({"funding_source": "lottery"}, "There is no source 'lottery' of grants. There are: start_up_grant"),
        ({"amount_gbp": Decimal(0)}, "0 pounds are no grant: an amount above 0 is needed"),
        ({"awarded_on": date.max}, "9999-12-31 is still to come: record a grant once it is awarded."),
        ({"last_period": date(2015, 9, 1)}, "spent by 2015-09, before it may be from 2015-10"),
        ({"because": "so"}, "A grant needs a sentence of 10 characters"),
    ):
        with connect(desk.settings, "owner") as conn, pytest.raises(Refused, match=re.escape(said)):
            award_grants(conn, [good, replace(good, **changed)], "Ann")
    award = ("grants", "award", "AAA01", "--source", "per_patient_grant", "--on", "2015-10-01", *BECAUSE)
    past = ("--from", "2015-10", "--to", "2017-09")
    assert "The list of registered patients of AAA01 for 2015-10 is not in use: give the amount itself." in pch.says(
        *award, *past, "--per-patient", 1, code=1
    )
    assert "'nan' is no amount of money" in pch.says(*award, *past, "--amount", "nan", code=1)
    assert "one of the two" in pch.says(*award, *past, code=2)
    assert desk.value("select count(*) from ops.grant_award") == 0


def test_a_file_is_taken_whole_or_not_at_all(pch: Terminal, tmp_path: Path) -> None:
    month, path = f"{NEWEST:%Y-%m}", tmp_path / "grants.csv"
    good = f"AAA01,start_up_grant,2015-10-01,40000.00,,2015-10,2017-09,{WHY}\naaa01,per_patient_grant,2026-01-01,,1.00,{month},{month},{WHY}\n"
    path.write_text(
        HEADER + good
        + f"ZZZ01,own,2015-10-01,5,,2015-10,2015-11,{WHY}\n"
        + f"AAA01,own,yesterday,a lot,,2015-10,2015-11,{WHY}\n"
        + f"AAA01,own,2015-10-01,,1,2015-10,2015-11,{WHY}\n"
        + f"AAA01,per_patient_grant,2015-10-01,5,1,2015-10,2015-11,{WHY}\n"
        + f"BBB01,per_patient_grant,2015-10-01,,1,{month},{month},{WHY}\n"
        + f"AAA01,start_up_grant,2015-10-01,1,,2015-10,2015-11,{WHY}\n"
    )  # fmt: skip
    said = pch.run("grants", "import", path, code=1).stderr.splitlines()
    assert said[0] == f"{path} was not imported:"
    assert [line.strip() for line in said[1:]] == [
        "line 4: There is no site 'ZZZ01' in the register.",
        "line 5: awarded_on 'yesterday' is not a date like 2026-04-01",
        "line 5: amount_gbp 'a lot' is not an amount like 40000.00",
        "line 6: Money for each patient goes with a per_patient_grant only: give the amount itself.",
        "line 7: amount_gbp and gbp_per_patient are both given: leave one of them out",
        f"line 8: The list of registered patients of BBB01 for {month} withholds cells: give the amount itself.",
        "line 9: it stands for line 2: leave one of them out",
    ]
    assert pch.json("grants", "list") == []
    path.write_text(HEADER + good)
    assert pch.says("grants", "import", path, "--by", "Ann").startswith("2 grant(s) recorded. 1 month(s) wait")
    assert [g["amount_gbp"] for g in pch.json("grants", "list")] == [380, 40000]
    assert "nothing changed" in pch.says("grants", "import", path, "--by", "Ben")


def test_a_simulated_programme_spends_what_it_was_given(desk: Desk, tmp_path: Path) -> None:
    """To the penny, before corrections; but the second site was given a tenth less for its patients."""
    programme = Programme.create(sites=3, end=date(2026, 3, 1), months=24, feeds=("programme_inputs",))
    programme.write_sites_csv(tmp_path / "sites.csv")
    programme.write_grants_csv(tmp_path / "grants.csv")
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, read_register(tmp_path / "sites.csv"), date(2026, 3, 1))
        assert import_grants(conn, tmp_path / "grants.csv", "Ann").added == 6
    spent: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for period in programme.periods:
        for file in programme.files(period):
            for line in DictReader(StringIO(file.content.decode())):
                if line["amount_gbp"] and not line["correction_of"]:
                    spent[file.site_code, line["funding_source"]] += Decimal(line["amount_gbp"])
    given = {
        (site, source): (amount, first)
        for site, source, amount, first in desk.rows(
            "select site_code, funding_source, amount_gbp, first_period from ops.current_grant_award"
        )
    }
    in_full = {key for key, (_, first) in given.items() if first >= programme.periods[0]}
    assert {source for _, source in in_full} == {"start_up_grant", "per_patient_grant"}
    second = (programme.sites[1].site_code, "per_patient_grant")
    assert {key: given[key][0] for key in in_full - {second}} == {key: spent[key] for key in in_full - {second}}
    assert given[second][0] == pytest.approx(spent[second] * Decimal("0.9"), abs=Decimal("0.01"))
    assert {given[site.site_code, "start_up_grant"][0] for site in programme.sites} == {Decimal(40_000)}
