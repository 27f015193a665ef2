"""Real publications through the doors: what must come out of them, worked out here a second time with pandas.

Public sector information licensed under the Open Government Licence v3.0; not part of the project, and without it
these tests skip. Workforce: the staff of primary care networks, five quarters, for the networks of a sample of 183.
Samples: a registered list, appointments of one practice, prescribing, each as published.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pandas as pd
import pytest
from desk import Desk
from input_cases import fresh_desk

from pch.decode import Decoded, Payload, decode
from pch.decode.lines import heading_of, lines_of
from pch.intake.publication import Publication, hand_in, told_apart
from pch.intake.push import Received
from pch.registry import feed
from pch.settings import Settings
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

WORKFORCE = "workforce"
POOLED = "NWRS contracted services"  # a role that several people of another employer fill: no identifier, no heads
#  Every line of the file, its networks, and full-time equivalents with a person's line that stands twice taken once.
ENGLAND = {
    "2020-03": (534, 188, "343.686800"),
    "2020-06": (2_044, 497, "1361.586733"),
    "2020-09": (3_159, 632, "2223.953133"),
    "2020-12": (5_007, 758, "3639.010200"),
    "2021-03": (7_371, 855, "5570.196800"),
}
#  Of the 183 networks of the sample: those that report, their lines, full-time equivalents, people.
SAMPLE = {
    "2020-03": (33, 87, "54.037333", 77),
    "2020-06": (84, 327, "204.430600", 299),
    "2020-09": (106, 506, "339.529267", 464),
    "2020-12": (128, 760, "531.224467", 710),
    "2021-03": (140, 1_117, "813.202933", 1_057),
}
GROUPS = {
    "Directors": "administrative",
    "Other Admin/Non-clinical staff": "administrative",
    "Other Direct Patient Care staff": "direct_patient_care",
}
ROLES = {  # those whose name is not simply the plural of ours
    "Medical Clinical Director": "clinical_director", "Clinical Director": "clinical_director",
    "Non-clinical Director": "other", "Other Admin/Non-clinical": "other",
    "Care Coordinators": "care_coordinator", "Dieticians": "dietician", "Health and Wellbeing Coaches": "health_coach",
    "Managers": "manager", "Nursing Associates": "nursing_associate", "Trainee Nursing Associates": "nursing_associate",
    "Paramedics": "paramedic", "Pharmacists": "pharmacist", "Pharmacy Technicians": "pharmacy_technician",
    "Physician Associates": "physician_associate", "Physiotherapists": "physiotherapist", "Podiatrists": "podiatrist",
    "Social Prescribing Link Workers": "social_prescriber", "Therapists": "therapist",
}  # fmt: skip
GRAIN = ["site_code", "staff_group", "role", "employer_type"]


def published(folder: Path, period: str) -> Path:
    return folder / "workforce" / f"pcn_workforce_individual_{period.replace('-', '_')}.csv"


def expected_staff(path: Path) -> pd.DataFrame:
    """FTE and headcount a network, group, role and employer, from the file's lines by another road."""
    lines = pd.read_csv(path, encoding="cp1252", dtype=str, keep_default_na=False)
    has_no_name = lines["UNIQUE_IDENTIFIER"] == "NULL"
    assert (has_no_name == (lines["Data_source"] == POOLED)).all()
    lines = lines[has_no_name | ~lines.duplicated()]
    staff = pd.DataFrame(
        {
            "site_code": lines["PCN_CODE"],
            "staff_group": lines["STAFF_GROUP"].map(GROUPS),
            "role": lines["STAFF_ROLE"].map(ROLES),
            "employer_type": lines["Data_source"].map({"NWRS Staff": "pcn", POOLED: "other"}),
            "fte": lines["FTE"].map(float),
            "person": lines["UNIQUE_IDENTIFIER"],
        }
    )
    assert not staff.isna().any(axis=None)
    by = staff.groupby(GRAIN)
    result = pd.DataFrame({"fte": by["fte"].sum(), "headcount": by["person"].nunique().astype(float)}).reset_index()
    result.loc[result["employer_type"] == "other", "headcount"] = float("nan")
    return result


def assert_same_staff(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    both = [
        frame[[*GRAIN, "fte", "headcount"]].astype({"fte": float, "headcount": float}).sort_values(GRAIN)
        for frame in (found, expected)
    ]
    pd.testing.assert_frame_equal(
        *(frame.reset_index(drop=True) for frame in both), check_dtype=False, rtol=0, atol=1e-6
    )


# --- decode alone: every network of England


def parts_of(content: bytes) -> dict[str, bytes]:
    """Each network's lines under the header."""
    heading = heading_of(feed(WORKFORCE), content[: 64 * 1024])
    stream = io.BytesIO(content)
    stream.seek(len(heading.start))
    parts: dict[str, bytes] = {}
    for block in lines_of(heading, stream):
        for code, start, end in zip(block.code_of, block.starts, block.ends, strict=True):
            site = block.codes[code]
            parts[site] = parts.get(site, heading.start) + block.content[start:end]
    return parts


def decoded_parts(path: Path, period: str) -> tuple[Decoded, dict[int, str]]:
    sites = dict(enumerate(sorted(parts := parts_of(path.read_bytes()))))
    files = [Payload(i, site, parse_period(period), path.name, parts[site]) for i, site in sites.items()]
    return decode(feed(WORKFORCE), files), sites


@pytest.mark.parametrize("period", ENGLAND)
def test_staff_of_every_network_of_england(shared: Path, period: str) -> None:
    path = published(shared / "realdata", period)
    decoded, sites = decoded_parts(path, period)
    lines, networks, fte = ENGLAND[period]
    assert (sum(decoded.rows_read.values()), len(sites)) == (lines, networks)
    assert [f for f in decoded.findings if f.severity == "error"] == []
    assert sum(f.rule == "read_as" for f in decoded.findings) == networks
    found = decoded.table.to_pandas()
    found["site_code"] = found["submission_id"].map(sites)
    assert f"{found['fte'].sum():.6f}" == fte
    assert found["practice_code"].isna().all()
    assert_same_staff(found, expected_staff(path))


def test_what_is_odd_in_march_2021_is_named(shared: Path) -> None:
    decoded, sites = decoded_parts(published(shared / "realdata", "2021-03"), "2021-03")
    by_rule = {rule: [f for f in decoded.findings if f.rule == rule] for rule in {f.rule for f in decoded.findings}}
    assert set(by_rule) == {"read_as", "read_as_cp1252", "repeated_row", "alike_rows", "unusual_row"}
    assert {sites[f.submission_id]: f.rows_count for f in by_rule["repeated_row"]} == {"U48691": 1, "U84490": 1}
    assert sum(f.rows_count for f in by_rule["alike_rows"]) == 109
    (fourteen,) = by_rule["unusual_row"]
    assert (fourteen.severity, [e.value for e in fourteen.examples]) == ("warning", ["14"])
    #  The dash of "Clinical Director – Medical" is what makes a part Windows text, and only where it stands.
    dashes = {
        site
        for site, part in parts_of(published(shared / "realdata", "2021-03").read_bytes()).items()
        if b"\x96" in part
    }
    assert {sites[f.submission_id] for f in by_rule["read_as_cp1252"]} == dashes


# --- through the pipeline: five quarters pushed for all sites at once


@dataclass
class Pushed:
    desk: Desk
    told: dict[str, Publication] = field(default_factory=dict)


def push_all(desk: Desk, path: Path, feed_name: str, period: str) -> Publication:
    with told_apart(desk.settings, path, feed_name, parse_period(period)) as told:
        outcomes = list(hand_in(desk.settings, told, path))
    assert all(isinstance(o, Received) and o.receipt.is_new for o in outcomes)
    assert len(outcomes) == len(told.parts)
    return told


@pytest.fixture(scope="module")
def register(shared: Path) -> list[Line]:
    """The 183 networks and their 921 practices, members since networks began."""
    sites = pd.read_csv(shared / "realdata" / "reference" / "sites_183_pcn_30k_60k.csv", dtype=str)
    return [
        Line(n, row.PCN_ODS_CODE, row.PCN_NAME, row.PRACTICE_CODE, date(2019, 7, 1), None, row.REGION_NAME, None)
        for n, row in enumerate(sites.itertuples(), 2)
    ]


@pytest.fixture(scope="module")
def quarters(
    server: Settings, shared: Path, register: list[Line], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pushed]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("workforce"))) as desk:
        with connect(desk.settings, "owner") as conn:
            imported = import_sites(conn, register, date.today())
        assert (imported.sites, imported.practices) == (183, 921)
        pushed = Pushed(desk)
        for period in SAMPLE:
            pushed.told[period] = push_all(desk, published(shared / "realdata", period), WORKFORCE, period)
        desk.collect()
        yield pushed


@pytest.mark.parametrize("period", SAMPLE)
def test_every_line_is_somebodys_or_said(quarters: Pushed, period: str) -> None:
    told = quarters.told[period]
    networks, lines, _, _ = SAMPLE[period]
    all_lines, all_networks, _ = ENGLAND[period]
    assert (told.by, told.lines_count, len(told.parts)) == ("site", all_lines, networks)
    assert told.lines_of_nobody_count == all_lines - lines and len(told.strangers) == all_networks - networks
    assert len(told.without) == 183 - networks


@pytest.mark.parametrize("period", SAMPLE)
def test_staff_of_the_sample_reach_the_warehouse(quarters: Pushed, shared: Path, period: str) -> None:
    networks, _, fte, people = SAMPLE[period]
    columns = [*GRAIN, "fte", "headcount"]
    rows = quarters.desk.rows(f"select {', '.join(columns)} from raw.workforce where period = %s", parse_period(period))
    found = pd.DataFrame(rows, columns=columns)
    assert found["site_code"].nunique() == networks
    assert f"{found['fte'].sum():.6f}" == fte
    path = published(shared / "realdata", period)
    expected = expected_staff(path)
    assert_same_staff(found, expected[expected["site_code"].isin(found["site_code"])])
    #  People by network: who has two roles stands in both of its rows, and once here
    lines = pd.read_csv(path, encoding="cp1252", dtype=str, keep_default_na=False)
    mine = lines[lines["PCN_CODE"].isin(found["site_code"]) & (lines["UNIQUE_IDENTIFIER"] != "NULL")]
    assert mine.groupby("PCN_CODE")["UNIQUE_IDENTIFIER"].nunique().sum() == people <= found["headcount"].sum()


def test_every_network_knows_how_it_was_read(quarters: Pushed) -> None:
    total = sum(networks for networks, *_ in SAMPLE.values())
    verdicts = dict(quarters.desk.rows("select verdict, count(*) from ops.current_verdict group by 1"))
    assert "rejected" not in verdicts and sum(verdicts.values()) == total == 491
    said = quarters.desk.rows(
        "select message from ops.current_finding where rule = 'read_as' and severity = 'information'"
    )
    assert len(said) == total
    assert all(m.startswith("Read as Primary Care Network Workforce, individual level: ") for (m,) in said)
    assert quarters.desk.value("select sum(rows_read) from ops.current_verdict") == sum(
        n for _, n, *_ in SAMPLE.values()
    )


def test_networks_that_report_grow_quarter_by_quarter(quarters: Pushed) -> None:
    rows = quarters.desk.rows(
        "select count(distinct site_code), sum(fte) from raw.workforce group by period order by period"
    )
    networks, ftes = zip(*rows, strict=True)
    assert networks == (33, 84, 106, 128, 140) and sorted(set(ftes)) == list(ftes)


# --- the samples


@pytest.fixture(scope="module")
def samples(server: Settings, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = shared / "realdata" / "samples"
    with fresh_desk(server, Path(tmp_path_factory.mktemp("samples"))) as desk:
        desk.register({"SITE1": ["L84073", "L84018"], "SITE2": ["B85010", "B85054"], "SITE3": ["Y02960"]}, "2017-01-01")
        push_all(desk, folder / LIST, "registered_list", "2017-09")
        push_all(desk, folder / APPOINTMENTS, "gp_appointments", "2025-08")
        push_all(desk, folder / PRESCRIBING, "prescribing", "2017-09")
        desk.collect()
        assert desk.value("select count(*) from ops.current_verdict where verdict = 'rejected'") == 0
        yield desk


LIST = "gp-reg-pat-prac-quin-age_2017_09.csv"
APPOINTMENTS = "Practice_Level_Crosstab_Aug_25_Y02960.csv"
PRESCRIBING = "epd_201709.csv"


def test_the_list_agrees_with_its_own_totals(samples: Desk, shared: Path) -> None:
    lines = pd.read_csv(shared / "realdata" / "samples" / LIST, dtype=str)
    totals = lines[(lines["SEX"] == "ALL") & (lines["AGE_GROUP_5"] == "ALL")].set_index("ORG_CODE")[
        "NUMBER_OF_PATIENTS"
    ]
    rows = samples.rows("select practice_code, sum(registered_count)::int from raw.registered_list group by 1")
    assert dict(rows) == {code: int(count) for code, count in totals.items()}
    assert sorted(count for _, count in rows) == [4_181, 6_632, 6_939, 10_529]
    assert samples.value("select count(*) from raw.registered_list") == 160  # 172 lines, 12 of them totals
    rules = samples.rows(
        """select distinct rule from ops.current_finding inner join ops.submission using (submission_id)
           where feed = 'registered_list' and layer = 'contract'"""
    )
    assert rules == [("total_rows",)]  # and none of them differs from its detail


def test_appointments_by_wait(samples: Desk) -> None:
    rows = samples.rows(
        "select wait_band, sum(appointments_count)::int, sum(wait_days_sum) from raw.gp_appointments group by 1"
    )
    assert {band: (count, days) for band, count, days in rows} == {
        "same_day": (1_724, 0), "1_day": (130, 130), "2_to_7_days": (379, 1_705.5), "8_to_14_days": (242, 2_662),
        "15_to_21_days": (81, 1_458), "22_to_28_days": (76, 1_900), "over_28_days": (12, 420),
    }  # fmt: skip
    within_14 = ("same_day", "1_day", "2_to_7_days", "8_to_14_days")
    assert samples.value("select sum(appointments_count) from raw.gp_appointments") == 2_644
    assert sum(count for band, count, _ in rows if band in within_14) == 2_475
    assert samples.rows("select distinct week_start_date, site_code from raw.gp_appointments") == [
        (date(2025, 8, 1), "SITE3")
    ]


def test_prescribing_to_the_penny(samples: Desk, shared: Path) -> None:
    columns = ["PRACTICE_CODE", "BNF_CODE", "ITEMS", "TOTAL_QUANTITY", "NIC", "ACTUAL_COST"]
    lines = pd.read_csv(shared / "realdata" / "samples" / PRESCRIBING, dtype=str, usecols=columns)
    assert len(lines) == 10_027
    figures = {c: lines[c].map(Decimal) for c in columns[2:]}
    sums = lines[columns[:2]].assign(**figures).groupby(columns[:2], as_index=False)[columns[2:]].sum()
    pence = [value.quantize(Decimal("0.01"), ROUND_HALF_EVEN) for value in sums["ACTUAL_COST"]]
    rows = samples.rows(
        "select practice_code, bnf_code, items_count, quantity, nic_gbp, actual_cost_gbp from raw.prescribing"
    )
    expected = zip(
        sums["PRACTICE_CODE"], sums["BNF_CODE"], sums["ITEMS"], sums["TOTAL_QUANTITY"], sums["NIC"], pence, strict=True
    )
    assert sorted(rows) == sorted(expected) and len(rows) == 5_324
    total = samples.rows(
        "select sum(items_count), sum(quantity), sum(nic_gbp), sum(actual_cost_gbp) from raw.prescribing"
    )
    assert total == [(46_895, 2_852_009.0, Decimal("352697.84"), Decimal("328908.90"))]
    #  as published 328,908.73007: each of the 5,324 rows was rounded once
    assert sum(sums["ACTUAL_COST"]) == Decimal("328908.73007")
    assert samples.rows("select site_code, count(distinct practice_code) from raw.prescribing group by 1 order by 1") == [
        ("SITE1", 2), ("SITE2", 2),
    ]  # fmt: skip
