"""The simulated programme: is it the size and shape it claims, always the same, and is its truth true?"""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from pch.registry import BANDS, feed
from pch.simulate import KINDS, Faults, Programme, SimulatedFile
from pch.simulate.faults import ABSENT
from pch.simulate.hospital import SITE_EFFECT_SHAPE, site_effects
from pch.simulate.spoil import FAULTS

END = date(2026, 10, 1)
FEEDS = ("registered_list", "hospital_activity", "programme_inputs")


@pytest.fixture(scope="module")
def full() -> Programme:
    return Programme.create(end=END)


@pytest.fixture(scope="module")
def july(full: Programme) -> list[SimulatedFile]:
    """All files of one month of the programme at its full size."""
    return list(full.files(date(2026, 7, 1)))


@pytest.fixture(scope="module")
def activity(july: list[SimulatedFile]) -> pa.Table:
    tables = [_table(f).append_column("site", _site_column(f)) for f in july if f.feed == "hospital_activity"]
    return pa.concat_tables(tables)


def _table(file: SimulatedFile) -> pa.Table:
    text = {c: pa.string() for c in ("practice_code", "sex", "age_band", "pod", "condition_group", "frailty")}
    return pa.csv.read_csv(io.BytesIO(file.content), convert_options=pa.csv.ConvertOptions(column_types=text))


def _site_column(file: SimulatedFile) -> pa.Array:
    return pa.array([file.site_code] * (file.content.count(b"\n") - 1))


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


def test_volumes_at_full_size(full: Programme, july: list[SimulatedFile]) -> None:
    assert len(full.sites) == 185 and len({s.site_code for s in full.sites}) == 185
    assert len({s.site_name for s in full.sites}) == 185 and len({s.region for s in full.sites}) == 7
    assert len(full.periods) == 13 and full.periods[0] == date(2025, 10, 1) and full.periods[-1] == END
    assert Counter(f.feed for f in july) == dict.fromkeys(FEEDS, 185)
    rows: dict[str, list[int]] = defaultdict(list)
    for f in july:
        rows[f.feed].append(f.content.count(b"\n") - 1)
    assert 170 <= np.mean(rows["registered_list"]) <= 230
    assert all(n % 38 == 0 for n in rows["registered_list"])
    assert 1_500 <= np.mean(rows["hospital_activity"]) <= 2_500
    assert min(rows["programme_inputs"]) >= 10 and max(rows["programme_inputs"]) <= 60
    assert 4_500_000 <= 13 * sum(map(sum, rows.values())) <= 5_500_000


def test_default_window_ends_with_the_last_complete_month() -> None:
    today = date.today()
    last = Programme.create(sites=1, months=2).periods[-1]
    assert last.day == 1 and (today.year * 12 + today.month) - (last.year * 12 + last.month) == 1


def test_registered_patients(full: Programme, july: list[SimulatedFile]) -> None:
    first, year_later = full.registered(full.periods[0]), full.registered(full.periods[12])
    assert 7_500_000 <= first.sum() <= 8_500_000
    assert 0.005 <= year_later.sum() / first.sum() - 1 <= 0.012
    by_site = {
        f.site_code: sum(int(r["registered_count"]) for r in _rows(f.content))
        for f in july
        if f.feed == "registered_list"
    }
    assert sum(by_site.values()) == full.registered(date(2026, 7, 1)).sum()
    assert sum(30_000 <= n <= 50_000 for n in by_site.values()) >= 0.85 * 185
    assert min(by_site.values()) > 25_000 and max(by_site.values()) < 62_000
    aged = [(x.sum(axis=(0, 1)) * np.arange(19)).sum() / x.sum() * 5 for x in (first, year_later)]
    assert 0.03 <= aged[1] - aged[0] <= 0.20  # years of mean age a year
    assert 0.17 <= first[:, :, 13:].sum() / first.sum() <= 0.25  # 65 and over


def test_a_list_changes_little_from_month_to_month(full: Programme) -> None:
    for before, after in zip(full.periods, full.periods[1:], strict=False):
        a, b = full.registered(before), full.registered(after)
        total_a, total_b = a.sum(axis=(1, 2)), b.sum(axis=(1, 2))
        touched = {e.practice for e in full.places.events if e.day == after}
        touched |= {h for e in full.places.events if e.day == after for h in e.heirs}
        calm = np.array([p not in touched and total_a[p] > 0 for p in range(len(total_a))])
        assert np.abs(total_b[calm] / total_a[calm] - 1).max() < 0.02
        assert (b != a)[calm].mean() > 0.3
        assert abs(int(total_b.sum()) / int(total_a.sum()) - 1) < 0.002  # nobody is lost in a closure


@pytest.mark.parametrize(
    ("pods", "least", "most"),
    [(("em",), 80, 130), (("ae1", "ae3"), 290, 360), (("opf",), 270, 340), (("el", "dc"), 110, 150)],
)
def test_yearly_rates_per_1000(
    full: Programme, activity: pa.Table, pods: tuple[str, ...], least: float, most: float
) -> None:
    events = pc.sum(activity.filter(pc.is_in(activity["pod"], pa.array(pods)))["events_count"]).as_py()
    people = int(full.registered(date(2026, 7, 1)).sum())
    assert least <= events * 12 / people * 1_000 <= most


def test_emergency_admissions_by_age_and_season(full: Programme, activity: pa.Table) -> None:
    em = activity.filter(pc.equal(activity["pod"], "em"))
    people = full.registered(date(2026, 7, 1)).sum(axis=(0, 1))
    count = {r["age_band"]: r["events_count_sum"] for r in
             em.group_by("age_band").aggregate([("events_count", "sum")]).to_pylist()}  # fmt: skip
    rate = {band: count[band] / n for band, n in zip(BANDS, people, strict=True)}
    assert rate["0-4"] > 2 * rate["5-9"]
    assert rate["90+"] > 1.5 * rate["80-84"] > 3 * rate["60-64"]

    def emergencies(month: date) -> int:
        files = [f for f in full.files(month) if f.feed == "hospital_activity"]
        return sum(int(r["events_count"]) for f in files for r in _rows(f.content) if r["pod"] == "em")

    assert emergencies(date(2026, 1, 1)) > 1.06 * emergencies(date(2026, 8, 1))


def test_sites_differ_by_about_a_tenth(full: Programme, activity: pa.Table) -> None:
    effect = site_effects(185, full.seed)[:, 0]
    assert effect.mean() == pytest.approx(1, abs=0.03)
    assert effect.std() == pytest.approx(SITE_EFFECT_SHAPE**-0.5, abs=0.02)
    ae = activity.filter(pc.is_in(activity["pod"], pa.array(["ae1", "ae3"])))
    counts = {r["site"]: r["events_count_sum"] for r in
              ae.group_by("site").aggregate([("events_count", "sum")]).to_pylist()}  # fmt: skip
    site_of, people = (
        full.places.site_of(date(2026, 7, 1)),
        full.registered(date(2026, 7, 1)).sum(axis=(1, 2)),
    )
    rate = [counts[s.site_code] / people[site_of == i].sum() for i, s in enumerate(full.sites)]
    assert np.corrcoef(rate, effect)[0, 1] > 0.85


def test_every_row_of_activity_makes_sense(activity: pa.Table) -> None:
    col = {name: activity[name].to_numpy(zero_copy_only=False) for name in activity.column_names}
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


def test_headers_are_the_contracts(july: list[SimulatedFile]) -> None:
    for f in july:
        wanted = [c.name for c in feed(f.feed).columns if c.name != "imd_quintile"]
        assert f.content.split(b"\n", 1)[0].decode().split(",") == wanted, f.file_name


def test_categories_and_keys_are_the_contracts(july: list[SimulatedFile]) -> None:
    for f in july[:30]:
        contract, rows = feed(f.feed), _rows(f.content)
        for column in contract.columns:
            if column.values and column.required:
                allowed = {*column.values} | ({""} if column.nullable else set())
                assert {r[column.name] for r in rows} <= allowed, (f.file_name, column.name)
        keys = [tuple(r.get(k) for k in contract.grain) for r in rows]
        assert len(keys) == len(set(keys)), f.file_name


def test_the_ledger() -> None:
    programme = Programme.create(sites=6, end=date(2028, 3, 1), months=24)
    pence: Counter[str] = Counter()
    ids: set[str] = set()
    corrections = lines = 0
    for period in programme.periods:
        for f in (f for f in programme.files(period) if f.feed == "programme_inputs"):
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


def test_one_pound_a_patient_a_year(full: Programme, july: list[SimulatedFile]) -> None:
    paid = sum(
        float(r["amount_gbp"])
        for f in july
        if f.feed == "programme_inputs"
        for r in _rows(f.content)
        if r["funding_source"] == "per_patient_grant" and not r["correction_of"]
    )
    assert paid * 12 == pytest.approx(int(full.registered(date(2026, 7, 1)).sum()), rel=1e-4)


#  --- who belongs where


@pytest.mark.parametrize("sites", [12, 185])
def test_every_practice_in_a_file_belongs_to_the_site_on_that_day(tmp_path: Path, sites: int) -> None:
    programme = Programme.create(sites=sites, end=END)
    programme.write_sites_csv(tmp_path / "sites.csv")
    with (tmp_path / "sites.csv").open(newline="") as file:
        register = list(csv.DictReader(file))
    assert [*register[0]] == [
        "site_code", "site_name", "practice_code", "valid_from", "valid_to", "region", "start_date",
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
            assert named == belongs[f.site_code], f.file_name


def test_history_has_moves_mergers_and_closures_within_the_window() -> None:
    for sites in (12, 185):
        programme = Programme.create(sites=sites, end=END)
        within = [e for e in programme.places.events if programme.periods[0] < e.day <= END]
        assert {e.kind for e in within} == {"moves", "merges", "closes"}
        assert sum(m.valid_to is not None for m in programme.memberships) == len(programme.places.events)
        assert all(m.valid_to is None or m.valid_from < m.valid_to for m in programme.memberships)
        members = Counter(m.site_code for m in programme.memberships if m.valid_to is None)
        assert set(members) == {s.site_code for s in programme.sites}
        assert min(members.values()) >= 3 and max(members.values()) <= 8


def test_codes_look_right_and_cannot_be_real(full: Programme) -> None:
    pattern = feed("registered_list").column("practice_code").pattern
    assert pattern
    assert all(re.fullmatch(pattern, p.practice_code) and p.practice_code[0] == "X" for p in full.practices)
    assert all(re.fullmatch(r"PCH[0-9]{3}", s.site_code) for s in full.sites)


#  --- faults


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_spoils_its_files_and_stands_in_the_truth(kind: str) -> None:
    sound = Programme.create(sites=20, end=END, months=3)
    spoilt = Programme.create(sites=20, end=END, months=3, faults=Faults(0.2, seed=3, kinds=(kind,)))
    period = sound.periods[1]
    clean = {(f.site_code, f.feed): f for f in sound.files(period)}
    sent = {(f.site_code, f.feed): f for f in spoilt.files(period)}
    truth = {(t.site_code, t.feed): t for t in spoilt.truth(period)}
    assert truth.keys() == clean.keys()
    hit = {key for key, t in truth.items() if t.fault}
    assert hit and len(hit) < len(clean) / 2
    assert {truth[key].fault for key in hit} == {kind}
    for key, whole in clean.items():
        if key not in hit:
            assert sent[key] == whole and truth[key].expected == "accepted"
        elif kind == ABSENT:
            assert key not in sent and truth[key].expected == "missing"
        else:
            assert sent[key].fault == kind and sent[key].content != whole.content
            assert truth[key].expected == FAULTS[kind].expected
            assert sent[key].file_name == f"{key[1]}_{key[0]}_{period:%Y-%m}{FAULTS[kind].suffix}"


def test_the_share_of_faults_is_the_rate_and_all_kinds_occur() -> None:
    programme = Programme.create(end=END, months=3, faults=Faults(0.2, seed=9))
    truth = [t for p in programme.periods for t in programme.truth(p)]
    assert len(truth) == 3 * 555
    assert sum(t.fault is not None for t in truth) / len(truth) == pytest.approx(0.2, abs=0.03)
    assert {t.fault for t in truth} - {None} == set(KINDS)
    first = {t.fault for t in programme.truth(programme.periods[0])}
    assert not first & {"last_months_file", "factor_ten_slip"}  # nothing to compare with


def test_faults_that_need_history_have_sound_neighbours_and_are_what_they_say() -> None:
    kinds = ("last_months_file", "factor_ten_slip", "garbage")
    programme = Programme.create(sites=40, end=END, months=4, faults=Faults(0.2, seed=4, kinds=kinds))
    files = {p: {(f.site_code, f.feed): f for f in programme.files(p)} for p in programme.periods}
    truth = {p: {(t.site_code, t.feed): t for t in programme.truth(p)} for p in programme.periods}
    seen: Counter[str] = Counter()
    for before, now, after in zip(programme.periods, programme.periods[1:], programme.periods[2:], strict=False):
        for key, f in files[now].items():
            if f.fault in ("last_months_file", "factor_ten_slip"):
                seen[f.fault] += 1
                assert truth[before][key].fault is None and truth[after][key].fault is None
                tenfold = f.fault == "factor_ten_slip"
                assert (files[before][key].content == f.content) != tenfold
                assert truth[after][key].expected == ("accepted_with_warnings" if tenfold else "accepted")
            if f.fault == "factor_ten_slip" and f.feed == "registered_list":
                counts = [int(r["registered_count"]) for r in _rows(f.content)]
                assert sum(counts) / sum(
                    int(r["registered_count"]) for r in _rows(files[before][key].content)
                ) == pytest.approx(10, rel=0.1)
    assert min(seen[k] for k in kinds[:2]) >= 2


def _spoilt(kind: str, feed_name: str) -> tuple[bytes, bytes]:
    """The first file of the feed with this fault, and what it would have been."""
    sound = Programme.create(sites=20, end=END, months=2)
    programme = Programme.create(sites=20, end=END, months=2, faults=Faults(0.3, seed=3, kinds=(kind,)))
    return next(
        (bad.content, good.content)
        for bad, good in zip(programme.files(END), sound.files(END), strict=True)
        if bad.fault and bad.feed == feed_name
    )


def test_a_workbook_holds_the_same_table() -> None:
    bad, good = _spoilt("xlsx", "hospital_activity")
    sheet = openpyxl.load_workbook(io.BytesIO(bad), read_only=False).active
    assert sheet is not None
    read = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert read == [
        [cell if not _is_float(cell) else str(_number(cell)) for cell in line.split(",")]
        for line in good.decode().splitlines()
    ]


def _is_float(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _number(text: str) -> float | int:
    return int(text) if text.isdigit() else (int(float(text)) if float(text).is_integer() else float(text))


def test_other_encodings_hold_the_same_text() -> None:
    bad, good = _spoilt("utf16", "registered_list")
    assert bad.decode("utf-16") == good.decode()
    bad, good = _spoilt("semicolon", "programme_inputs")
    assert bad.replace(b";", b",") == good
    bad, good = _spoilt("cp1252", "registered_list")
    with pytest.raises(UnicodeDecodeError):
        bad.decode()
    assert "\N{EN DASH}" in bad.decode("cp1252") and bad.startswith(good.split(b"\n", 1)[0] + b",note\n")


def test_planted_rows() -> None:
    bad, good = _spoilt("foreign_practice", "registered_list")
    assert bad.startswith(good) and len({r["practice_code"] for r in _rows(bad)}) == 1 + len(
        {r["practice_code"] for r in _rows(good)}
    )
    bad, good = _spoilt("conflicting_rows", "hospital_activity")
    extra = bad.removeprefix(good).decode().splitlines()
    assert len(extra) == 2 and not any(line in good.decode().splitlines() for line in extra)
    bad, good = _spoilt("repeated_rows", "hospital_activity")
    extra = bad.removeprefix(good).decode().splitlines()
    assert len(extra) == 5 and all(line in good.decode().splitlines() for line in extra)
    bad, good = _spoilt("suppressed_values", "hospital_activity")
    assert b"*" in bad and [r["events_count"] for r in _rows(bad)] == [r["events_count"] for r in _rows(good)]


def test_wrong_arguments_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Faults(rate=1.5)
    with pytest.raises(ValueError, match="no fault 'meteor'"):
        Faults(rate=0.1, kinds=("meteor",))
    with pytest.raises(ValueError, match="at least one site"):
        Programme.create(sites=0)
    with pytest.raises(ValueError, match="not a period"):
        list(Programme.create(sites=1, end=END).files(date(2020, 1, 1)))
