"""The simulated programme: is it the size and shape it claims, always the same, and is its truth true?"""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated import END, JUNE, tables

from pch.errors import Refused
from pch.registry import BANDS, feed, feeds
from pch.simulate import FEEDS, Faults, Programme, SimulatedFile
from pch.simulate.feeds.hospital_activity import SITE_EFFECT_SHAPE, site_effects
from pch.simulate.months import shift


@pytest.fixture(scope="module")
def full() -> Programme:
    return Programme.create(end=END)


@pytest.fixture(scope="module")
def june(full: Programme) -> list[SimulatedFile]:
    """All files of one month of the programme at its full size."""
    return list(full.files(JUNE))


@pytest.fixture(scope="module")
def activity(june: list[SimulatedFile]) -> pd.DataFrame:
    return tables([f for f in june if f.feed == "hospital_activity"])["hospital_activity"]


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _digest(files: list[SimulatedFile]) -> str:
    whole = hashlib.sha256()
    for f in files:
        whole.update(f"{f.site_code}|{f.feed}|{f.period}|{f.file_name}|{f.fault}|".encode() + f.content)
    return whole.hexdigest()


#  --- always the same


def test_the_same_arguments_give_the_same_bytes_whatever_is_asked_for_first() -> None:
    faults = Faults(0.3, seed=5)
    forward, backward = (Programme.create(sites=12, end=END, months=5, faults=faults) for _ in range(2))
    first = {p: _digest(list(forward.files(p))) for p in forward.periods}
    second = {p: _digest(list(backward.files(p))) for p in reversed(backward.periods)}
    assert first == second
    assert len(set(first.values())) == 5
    assert forward.truth(END) == backward.truth(END)


def test_another_seed_is_another_programme() -> None:
    one, other = (Programme.create(sites=3, seed=seed, end=END, months=1) for seed in (1, 2))
    assert [f.site_code for f in one.files(END)] == [f.site_code for f in other.files(END)]
    assert all(a.content != b.content for a, b in zip(one.files(END), other.files(END), strict=True))


def test_a_short_window_is_part_of_a_long_one() -> None:
    long, short = (Programme.create(sites=12, end=END, months=months) for months in (13, 2))
    assert _digest(list(long.files(END))) == _digest(list(short.files(END)))
    assert long.memberships == short.memberships


def test_a_later_end_leaves_the_months_before_as_they_were() -> None:
    today, later = (Programme.create(sites=12, end=end) for end in (date(2026, 9, 30), END))
    both = date(2026, 9, 1)
    assert _digest(list(today.files(both))) == _digest(list(later.files(both)))


#  --- size and shape


#  What feeds.md says a site sends in a month: the mean over sites must lie in here.
ROWS = {
    "registered_list": (170, 230), "hospital_activity": (1_500, 2_500), "gp_appointments": (2_000, 4_000),
    "clinical_indicators": (150, 250), "prescribing": (10_500, 12_500), "workforce": (60, 120),
    "staff_survey": (100, 200), "patient_experience": (150, 250), "programme_inputs": (10, 60),
    "interventions": (10, 60),
}  # fmt: skip


def test_volumes_at_full_size(full: Programme, june: list[SimulatedFile]) -> None:
    assert set(FEEDS) == set(feeds()) == set(ROWS)
    assert len(full.sites) == 185 and len({s.site_code for s in full.sites}) == 185
    assert len({s.site_name for s in full.sites}) == 185 and len({s.region for s in full.sites}) == 7
    assert len(full.periods) == 13 and full.periods[0] == date(2025, 10, 1) and full.periods[-1] == END
    assert Counter(f.feed for f in june) == dict.fromkeys(FEEDS, 185)
    rows: dict[str, list[int]] = defaultdict(list)
    for f in june:
        rows[f.feed].append(f.content.count(b"\n") - 1)
    for name, (least, most) in ROWS.items():
        assert least <= np.mean(rows[name]) <= most, name
    assert all(n % 38 == 0 for n in rows["registered_list"])
    for name in ("programme_inputs", "interventions"):
        assert min(rows[name]) >= 10 and max(rows[name]) <= 60
    assert 2_900_000 <= sum(map(sum, rows.values())) <= 3_600_000


def test_a_survey_has_files_only_where_it_is_due() -> None:
    programme = Programme.create(sites=2, end=END, months=6)
    pushed = {p.month: {f.feed for f in programme.files(p)} for p in programme.periods}
    assert {month for month, names in pushed.items() if "staff_survey" in names} == {6, 9}
    assert pushed[6] == set(FEEDS) and pushed[7] == set(FEEDS) - {"staff_survey"}
    assert {t.feed for t in programme.truth(date(2026, 7, 1))} == pushed[7]


def test_feeds_left_out_change_nothing_in_the_others() -> None:
    every, two = (Programme.create(sites=3, end=END, feeds=f) for f in (None, ("workforce", "registered_list")))
    few = list(two.files(JUNE))
    assert [f.feed for f in few] == ["registered_list", "workforce"] * 3
    assert few == [f for f in every.files(JUNE) if f.feed in two.feeds]
    assert {t.feed for t in two.truth(JUNE)} == set(two.feeds)


def test_default_window_ends_with_the_last_complete_month() -> None:
    today = date.today()
    last = Programme.create(sites=1, months=2).periods[-1]
    assert last.day == 1 and (today.year * 12 + today.month) - (last.year * 12 + last.month) == 1


def test_registered_patients(full: Programme, june: list[SimulatedFile]) -> None:
    first, year_later = full.registered(full.periods[0]), full.registered(full.periods[12])
    assert 7_500_000 <= first.sum() <= 8_500_000
    joined = sum(
        int(year_later[e.practice].sum()) for e in full.places.events if e.kind == "joins" and e.day > full.periods[0]
    )
    assert 0.005 <= (year_later.sum() - joined) / first.sum() - 1 <= 0.012
    by_site = {
        f.site_code: sum(int(r["registered_count"]) for r in _rows(f.content))
        for f in june
        if f.feed == "registered_list"
    }
    assert sum(by_site.values()) == full.registered(JUNE).sum()
    assert sum(30_000 <= n <= 50_000 for n in by_site.values()) >= 0.85 * 185
    assert min(by_site.values()) > 25_000 and max(by_site.values()) < 65_000
    aged = [(x.sum(axis=(0, 1)) * np.arange(19)).sum() / x.sum() * 5 for x in (first, year_later)]
    assert 0.03 <= aged[1] - aged[0] <= 0.20  # years of mean age a year
    assert 0.17 <= first[:, :, 13:].sum() / first.sum() <= 0.25  # 65 and over


def test_a_list_changes_little_from_month_to_month(full: Programme) -> None:
    for before, after in pairwise(full.periods):
        a, b = full.registered(before), full.registered(after)
        total_a, total_b = a.sum(axis=(1, 2)), b.sum(axis=(1, 2))
        events = [e for e in full.places.events if e.day == after]
        touched = {e.practice for e in events} | {h for e in events for h in e.heirs}
        calm = np.array([p not in touched and total_a[p] > 0 for p in range(len(total_a))])
        change = np.abs(total_b[calm] / total_a[calm] - 1)
        assert (change > 0.02).mean() < 0.03 and change.max() < 0.10
        assert (b != a)[calm].mean() > 0.3
        came = sum(int(total_b[e.practice]) for e in events if e.kind == "joins")
        assert abs((int(total_b.sum()) - came) / int(total_a.sum()) - 1) < 0.003  # nobody is lost in a closure


def test_one_list_in_a_hundred_moves_by_more_than_a_tenth_in_a_quarter() -> None:
    programme = Programme.create(end=END, months=25)
    lists = [programme.registered(p).sum(axis=(1, 2)) for p in programme.periods[::3]]
    moved = [abs(b[p] / a[p] - 1) for a, b in pairwise(lists) for p in np.flatnonzero((a > 0) & (b > 0))]
    assert len(moved) > 7_000
    assert 0.007 <= np.mean(np.array(moved) > 0.10) <= 0.014


def test_few_cells_are_as_small_as_in_the_real_lists(full: Programme) -> None:
    """2.3% of the cells of real lists are 1-7, but those have twenty bands: 90-94 and 95+. In Sussex in April 2022,
    25.9% of the women from 90 were 95 or older, and 19.6% of the men."""
    lists = full.registered(JUNE)
    lists = lists[lists.sum(axis=(1, 2)) > 0]
    oldest = np.rint(lists[:, :, -1] * (0.259, 0.196))
    twenty = np.concatenate([lists[:, :, :-1], (lists[:, :, -1] - oldest)[..., None], oldest[..., None]], axis=2)
    assert twenty.shape[2] == 20
    assert 0.017 <= ((twenty >= 1) & (twenty <= 7)).mean() <= 0.029


@pytest.mark.parametrize(
    ("pods", "least", "most"),
    [(("em",), 80, 130), (("ae1", "ae3"), 290, 360), (("opf",), 270, 340), (("el", "dc"), 110, 150)],
)
def test_yearly_rates_per_1000(
    full: Programme, activity: pd.DataFrame, pods: tuple[str, ...], least: float, most: float
) -> None:
    events = activity[activity["pod"].isin(pods)]["events_count"].sum()
    assert least <= events * 12 / full.registered(JUNE).sum() * 1_000 <= most


def test_emergency_admissions_by_age_and_season(full: Programme, activity: pd.DataFrame) -> None:
    people = full.registered(JUNE).sum(axis=(0, 1))
    count = activity[activity["pod"] == "em"].groupby("age_band")["events_count"].sum()
    rate = {band: count[band] / n for band, n in zip(BANDS, people, strict=True)}
    assert rate["0-4"] > 2 * rate["5-9"]
    assert rate["90+"] > 1.5 * rate["80-84"] > 3 * rate["60-64"]

    alone = Programme.create(end=END, feeds=("hospital_activity",))

    def emergencies(month: date) -> int:
        lines = (line.split(b",") for f in alone.files(month) for line in f.content.splitlines())
        return sum(int(cells[6]) for cells in lines if cells[3] == b"em")

    assert emergencies(date(2026, 1, 1)) > 1.06 * emergencies(date(2026, 8, 1))


def test_sites_differ_by_about_a_tenth(full: Programme, activity: pd.DataFrame) -> None:
    effect = site_effects(185, full.seed)[:, 0]
    assert effect.mean() == pytest.approx(1, abs=0.03)
    assert effect.std() == pytest.approx(SITE_EFFECT_SHAPE**-0.5, abs=0.02)
    counts = activity[activity["pod"].isin(["ae1", "ae3"])].groupby("site")["events_count"].sum()
    site_of, people = full.places.site_of(JUNE), full.registered(JUNE).sum(axis=(1, 2))
    rate = [counts[s.site_code] / people[site_of == i].sum() for i, s in enumerate(full.sites)]
    assert np.corrcoef(rate, effect)[0, 1] > 0.85


def test_every_row_of_activity_makes_sense(activity: pd.DataFrame) -> None:
    col = {name: activity[name].to_numpy() for name in activity.columns}
    spell = np.isin(col["pod"], ["em", "el", "dc"])
    for name in ("bed_days", "live_discharges_count", "readmit_30d_count"):
        assert not np.isnan(col[name][spell]).any() and np.isnan(col[name][~spell]).all()
    assert (col["events_count"] >= 1).all() and (col["cost_gbp"] > 0).all()
    assert (col["readmit_30d_count"] <= col["live_discharges_count"])[spell].all()
    assert (col["live_discharges_count"] <= col["events_count"])[spell].all()
    assert (col["bed_days"][col["pod"] == "dc"] == 0).all()
    em = col["pod"] == "em"
    assert 3 <= col["bed_days"][em].sum() / col["events_count"][em].sum() <= 7
    assert 0.08 <= col["readmit_30d_count"][em].sum() / col["live_discharges_count"][em].sum() <= 0.20
    assert 2_000 <= col["cost_gbp"][em].sum() / col["events_count"][em].sum() <= 4_000
    young = np.isin(col["age_band"], BANDS[:13])
    assert set(col["frailty"][young]) == {"none", "unknown"}
    assert set(col["frailty"][~young]) == {"none", "mild", "moderate", "severe", "unknown"}


#  --- the contract


def test_headers_are_the_contracts(june: list[SimulatedFile]) -> None:
    for f in june:
        wanted = [c.name for c in feed(f.feed).columns if c.name != "imd_quintile"]
        assert f.content.split(b"\n", 1)[0].decode().split(",") == wanted, f.file_name


def test_words_are_the_contracts_own() -> None:
    """Its first spelling of each, so that the files read like the contract."""
    for f in Programme.create(sites=2, end=END).files(JUNE):
        rows = _rows(f.content)
        for column in feed(f.feed).columns:
            if column.values and column.name in rows[0]:
                allowed = {*column.values} | ({""} if column.nullable else set())
                assert {r[column.name] for r in rows} <= allowed, (f.file_name, column.name)


def test_a_sound_programme_has_no_contract_finding_in_any_month() -> None:
    programme = Programme.create(sites=4, end=END, months=13)
    for period in programme.periods:
        assert sum(len(rows) for rows in tables(list(programme.files(period))).values()) > 50_000


def test_the_ledger() -> None:
    programme = Programme.create(sites=6, end=date(2028, 3, 1), months=24, feeds=("programme_inputs",))
    pence: Counter[str] = Counter()
    ids: set[str] = set()
    corrections = lines = 0
    for period in programme.periods:
        for f in programme.files(period):
            rows = _rows(f.content)
            here = {r["line_id"]: r for r in rows}
            assert len(here) == len(rows) and not ids & here.keys()
            ids |= here.keys()
            lines += len(rows)
            for r in rows:
                assert date.fromisoformat(r["date"]).replace(day=1) == period
                assert bool(r["staff_role"]) == bool(r["hours"])
                if r["correction_of"]:
                    corrections += 1
                    wrong = float(here[r["correction_of"]]["amount_gbp"])
                    assert -wrong <= float(r["amount_gbp"]) < 0
                elif r["funding_source"] == "in_kind":
                    assert r["amount_gbp"] == "" and float(r["hours"]) > 0
                else:
                    assert float(r["amount_gbp"]) > 0
                if r["funding_source"] == "start_up_grant" and not r["correction_of"]:
                    pence[f.site_code] += round(float(r["amount_gbp"]) * 100)
    assert 0.003 < corrections / lines < 0.03
    began = {s.site_code for s in programme.sites if s.start_date >= programme.periods[0]}
    assert began and {pence[site] for site in began} == {4_000_000}


def test_one_pound_a_patient_a_year(full: Programme, june: list[SimulatedFile]) -> None:
    paid = sum(
        float(r["amount_gbp"])
        for f in june
        if f.feed == "programme_inputs"
        for r in _rows(f.content)
        if r["funding_source"] == "per_patient_grant" and not r["correction_of"]
    )
    assert paid * 12 == pytest.approx(int(full.registered(JUNE).sum()), rel=1e-4)


#  --- who belongs where


@pytest.mark.parametrize("sites", [12, 185])
def test_every_practice_in_a_file_belongs_to_the_site_on_that_day(tmp_path: Path, sites: int) -> None:
    large = ("gp_appointments", "prescribing")  # enough of them at 12 sites
    programme = Programme.create(sites=sites, end=END, feeds=[f for f in FEEDS if sites == 12 or f not in large])
    programme.write_sites_csv(tmp_path / "sites.csv")
    with (tmp_path / "sites.csv").open(newline="") as file:
        register = list(csv.DictReader(file))
    assert [*register[0]] == [
        "site_code", "site_name", "practice_code", "valid_from", "valid_to", "region", "start_date",
        "went_live", "wave", "rural_pct", "imd_quintile",
    ]  # fmt: skip
    for period in (programme.periods[0], programme.periods[6], programme.periods[12]):
        day = period.isoformat()
        belongs = defaultdict(set)
        for m in register:
            assert m["start_date"] <= programme.periods[0].isoformat()
            if m["valid_from"] <= day and (not m["valid_to"] or day < m["valid_to"]):
                belongs[m["site_code"]].add(m["practice_code"])
        assert len(belongs) == sites
        assert sum(map(len, belongs.values())) == len(set().union(*belongs.values()))  # one site a practice
        for f in programme.files(period):
            named = {line.split(b",", 1)[0].decode() for line in f.content.splitlines()[1:]} - {""}
            if feed(f.feed).names_practices:
                assert named == belongs[f.site_code], f.file_name
            else:
                assert named <= belongs[f.site_code], f.file_name


def test_history_has_moves_mergers_closures_and_newcomers_within_the_window() -> None:
    for sites in (12, 185):
        programme = Programme.create(sites=sites, end=END)
        within = [e for e in programme.places.events if programme.periods[0] < e.day <= END]
        assert {e.kind for e in within} == {"moves", "merges", "closes", "joins"}
        left = [e for e in programme.places.events if e.kind != "joins"]
        assert sum(m.valid_to is not None for m in programme.memberships) == len(left)
        assert all(m.valid_to is None or m.valid_from < m.valid_to for m in programme.memberships)
        members = Counter(m.site_code for m in programme.memberships if m.valid_to is None)
        assert set(members) == {s.site_code for s in programme.sites}
        assert min(members.values()) >= 3 and max(members.values()) <= 8


def test_a_practice_that_joins_has_rows_from_that_day() -> None:
    programme = Programme.create(sites=12, end=END)
    joins = next(e for e in programme.places.events if e.kind == "joins" and e.day in programme.periods[1:])
    code = programme.practices[joins.practice].practice_code
    (member,) = (m for m in programme.memberships if m.practice_code == code)
    assert (member.site_code, member.valid_from) == (programme.sites[joins.to_site].site_code, joins.day)
    before, after = (
        {f.site_code for f in programme.files(p) if f.feed == "registered_list" and code in f.content.decode()}
        for p in (shift(joins.day, -1), joins.day)
    )
    assert before == set() and after == {member.site_code}
    assert programme.registered(shift(joins.day, -1))[joins.practice].sum() == 0


def test_codes_look_right_and_cannot_be_real(full: Programme) -> None:
    pattern = feed("registered_list").column("practice_code").pattern
    assert pattern
    assert all(re.fullmatch(pattern, p.practice_code) and p.practice_code[0] == "X" for p in full.practices)
    assert all(re.fullmatch(r"PCH[0-9]{3}", s.site_code) for s in full.sites)


def test_wrong_arguments_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="at least one site"):
        Programme.create(sites=0)
    with pytest.raises(ValueError, match="not a period"):
        list(Programme.create(sites=1, end=END).files(date(2020, 1, 1)))
    with pytest.raises(Refused, match="There is no feed 'weather'"):
        Programme.create(sites=1, feeds=["weather"])
