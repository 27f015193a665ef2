"""Planted faults: is each what it says, is it found by the rule it names, and is the truth about them true?"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from pch.decode import Decoded, Payload, decode
from pch.quality.rows import row_findings
from pch.registry import NUMERIC, feed, feeds
from pch.simulate import KINDS, Faults, Programme
from pch.simulate.faults import ABSENT, is_due, next_due, possible
from pch.simulate.months import shift
from pch.simulate.spoil import FAULTS, Scene
from pch.simulate.spoil.table import Table

END = date(2026, 9, 1)  # a survey is due
AT_DECODING = ("contract", "row")
#  What else is said, rightly, where the fault is found.
ALSO = {
    ("wrong_total", ""): {"total_rows"},
    ("only_totals", ""): {"total_rows"},
    ("grand_total", ""): {"empty_cell"},
    ("swapped_headers", ""): {"bad_date", "unknown_category", "empty_cell", "conflicting_rows"},
    ("negative_count", "gp_appointments"): {
        "wait_sums_disagree", "wait_beyond_band", "implausible_wait", "implausible_minutes",
    },
    ("negative_count", "hospital_activity"): {"more_discharges_than_events"},
    ("negative_count", "interventions"): {"redirected_over_contacts"},
    ("beyond_belief", "workforce"): {"fte_over_headcount"},
}  # fmt: skip


@pytest.fixture(scope="module")
def programme() -> Programme:
    return Programme.create(sites=3, end=END, months=4)


@pytest.fixture(scope="module")
def sound(programme: Programme) -> Callable[[str, date, int], bytes]:
    """The file of a feed, month and site (by position), thinned to some hundred rows of all its practices."""

    def thin(content: bytes) -> bytes:
        table = Table.of(content)
        return Table(table.header, table.rows[:: 1 + len(table.rows) // 600]).bytes()

    files = {(f.feed, f.period, f.site_code): thin(f.content) for p in programme.periods for f in programme.files(p)}
    return lambda name, period, site: files[name, period, programme.sites[site].site_code]


@pytest.fixture(scope="module")
def spoilt(programme: Programme, sound: Callable[[str, date, int], bytes]) -> Callable[[str, str], tuple[bytes, bytes]]:
    """What the first site sends with the fault, and what it would have sent."""

    def spoil(kind: str, name: str) -> tuple[bytes, bytes]:
        scene = Scene(
            feed=name,
            period=END,
            other_site=programme.sites[1].site_code,
            stranger=Table.of(sound("registered_list", END, 1)).practices[0],
            last_month=lambda: sound(name, next_due(name, END, -1), 0),
            others_file=lambda: sound(name, END, 1),
            rng=np.random.default_rng([7, *kind.encode()]),
        )
        content = sound(name, END, 0)
        return FAULTS[kind].spoil(content, scene), content

    return spoil


def judged(name: str, contents: list[bytes]) -> tuple[Decoded, list[dict[str, str]]]:
    """Files of a feed read and checked in one go; of each, severity by rule."""
    payloads = [Payload(i, "PCH001", END, "extract", content) for i, content in enumerate(contents)]
    decoded = decode(feed(name), payloads)
    month = {"period": END, "period_end": shift(END, 1) - timedelta(days=1)}
    rows = decoded.table
    for column, day in month.items():
        rows = rows.append_column(column, pa.array([day] * rows.num_rows, pa.date32()))
    said: list[dict[str, str]] = [{} for _ in contents]
    for finding in [*decoded.findings, *row_findings(name, rows, END)[0]]:
        said[finding.submission_id][finding.rule] = finding.severity
    return decoded, said


@pytest.mark.parametrize("name", feeds())
def test_every_fault_that_can_befall_a_feed_is_found_by_its_rule_and_by_no_other(
    name: str, spoilt: Callable[[str, str], tuple[bytes, bytes]]
) -> None:
    kinds = [kind for kind, fault in FAULTS.items() if name in fault.rules]
    sent = {kind: spoilt(kind, name) for kind in kinds}
    _, (of_sound, *found) = judged(name, [next(iter(sent.values()))[1], *(bad for bad, _ in sent.values())])
    assert of_sound == {}
    for kind, said in zip(kinds, found, strict=True):
        fault, (bad, good) = FAULTS[kind], sent[kind]
        assert bad != good, kind
        also = ALSO.get((kind, ""), set()) | ALSO.get((kind, name), set())
        rule = fault.rules[name] if fault.layer in AT_DECODING else ""
        expected = {rule: fault.severity} if rule else {}
        assert {r: s for r, s in said.items() if r not in also} == expected, kind


@pytest.mark.parametrize("name", feeds())
def test_what_is_only_written_otherwise_is_read_as_the_same_rows(
    name: str, spoilt: Callable[[str, str], tuple[bytes, bytes]]
) -> None:
    changed = {"null_tokens", "suppressed_values"}
    kinds = [k for k, f in FAULTS.items() if name in f.rules and f.expected == "accepted" and k not in changed]
    assert len(kinds) >= 15
    sent = {kind: spoilt(kind, name) for kind in kinds}
    decoded, _ = judged(name, [next(iter(sent.values()))[1], *(bad for bad, _ in sent.values())])
    columns = [c.name for c in feed(name).columns]
    ids = decoded.table["submission_id"].to_numpy()
    rows = [decoded.table.filter(pa.array(ids == i)).select(columns) for i in range(len(kinds) + 1)]
    for kind, read in zip(kinds, rows[1:], strict=True):
        assert read.num_rows and read.equals(rows[0]), kind


def test_every_kind_can_befall_something_and_every_feed_much() -> None:
    assert all(fault.rules for fault in FAULTS.values())
    of_feed = Counter(name for fault in FAULTS.values() for name in fault.rules)
    assert set(of_feed) == set(feeds()) and min(of_feed.values()) >= 50
    assert len(KINDS) == len(set(KINDS)) == len(FAULTS) + 1
    assert all(bool(rule) == bool(fault.severity) for fault in FAULTS.values() for rule in fault.rules.values())


#  --- what the faults that only history or the register can find do to a file


def totals(content: bytes, name: str) -> dict[str, Decimal]:
    """The sum of each number of the feed."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    numbers = [c.name for c in feed(name).columns if c.type in NUMERIC and c.name in rows[0]]
    return {column: sum((Decimal(r[column] or 0) for r in rows), Decimal(0)) for column in numbers}


def practices(content: bytes) -> set[str]:
    return set(Table.of(content).practices)


@pytest.mark.parametrize("name", feeds())
def test_slips_multiply_every_number(name: str, spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    for kind, factor in (("factor_ten_slip", 10), ("counted_five_times", 5)):
        bad, good = spoilt(kind, name)
        assert totals(bad, name) == {column: factor * total for column, total in totals(good, name).items()}


def test_practices_left_out(spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    for kind, least in (("practice_left_out", 1), ("practice_never_in", 1), ("half_missing", 2)):
        for name in FAULTS[kind].rules:
            bad, good = spoilt(kind, name)
            gone = practices(good) - practices(bad)
            assert practices(bad) < practices(good) and (len(gone) == 1) == (least == 1), (kind, name)
            kept = [row for row in Table.of(good).rows if row[0] not in gone]
            assert Table.of(bad).rows == kept


def test_one_practice_slips_alone(spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    bad, good = (Table.of(content) for content in spoilt("factor_ten_practice", "registered_list"))
    by_practice = [defaultdict(int), defaultdict(int)]  # type: ignore[var-annotated]
    for table, sums in zip((bad, good), by_practice, strict=True):
        for row in table.rows:
            sums[row[0]] += int(row[-1])
    assert sorted(by_practice[0][p] / n for p, n in by_practice[1].items())[-2:] == [1, 10]


def test_practices_of_others(spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    for name in feeds():
        bad, good = (Table.of(content) for content in spoilt("foreign_practice", name))
        assert bad.rows[: len(good.rows)] == good.rows and 1 <= len(bad.rows) - len(good.rows) <= 6
        assert len({*bad.practices} - {*good.practices}) == 1
    for name in FAULTS["others_file"].rules:
        bad_file, good_file = spoilt("others_file", name)
        assert not practices(bad_file) & practices(good_file)


#  --- formats


def test_a_workbook_holds_the_same_table_with_numbers_and_days(
    spoilt: Callable[[str, str], tuple[bytes, bytes]],
) -> None:
    bad, good = spoilt("xlsx", "programme_inputs")
    book = openpyxl.load_workbook(io.BytesIO(bad))
    header, *rows = [list(row) for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]
    table = Table.of(good)
    assert header == table.header
    day, amount = table.place("date"), table.place("amount_gbp")
    for read, row in zip(rows, table.rows, strict=True):
        assert read[day].date().isoformat() == row[day]
        assert read[amount] == (float(row[amount]) if row[amount] else None)
        assert [cell or "" for i, cell in enumerate(read) if isinstance(cell, str) or cell is None] == [
            row[i] for i, cell in enumerate(read) if isinstance(cell, str) or cell is None
        ]


def test_formulas_keep_or_lack_their_values(spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    for kind, has_values in (("formulas", True), ("bare_formulas", False)):
        bad, good = spoilt(kind, "registered_list")
        values, written = (
            list(openpyxl.load_workbook(io.BytesIO(bad), data_only=only).active.values)  # type: ignore[union-attr]
            for only in (True, False)
        )
        count = int(Table.of(good).rows[0][-1])
        assert written[1][-1] == f"={count}+0"
        assert values[1][-1] == (count if has_values else None)


def test_parquet_has_types(spoilt: Callable[[str, str], tuple[bytes, bytes]]) -> None:
    bad, good = spoilt("parquet", "gp_appointments")
    read = pq.read_table(io.BytesIO(bad))
    assert read.schema.field("appointments_count").type == pa.int64()
    assert read.schema.field("week_start_date").type == pa.date32()
    assert read.num_rows == good.count(b"\n") - 1


#  --- who is hit, and what is said to be true


def test_the_same_seed_hits_the_same_returns_whatever_was_asked_before() -> None:
    first, periods = date(2026, 1, 1), [shift(date(2026, 1, 1), i) for i in range(6)]
    one, other = Faults(0.3, seed=5), Faults(0.3, seed=6)
    told = [one.assigned(p, first, 20) for p in periods]
    assert told == [Faults(0.3, seed=5).assigned(p, first, 20) for p in reversed(periods)][::-1]
    assert told != [other.assigned(p, first, 20) for p in periods]


def test_the_share_of_faults_is_the_rate_and_all_kinds_occur() -> None:
    faults, first = Faults(0.2, seed=9), date(2026, 1, 1)
    hits = [faults.assigned(shift(first, i), first, 1_000) for i in range(4)]
    due = sum(is_due(name, shift(first, i)) for name in feeds() for i in range(4)) * 1_000
    assert sum(map(len, hits)) / due == pytest.approx(0.2, abs=0.01)
    assert {kind for hit in hits for kind in hit.values()} == set(KINDS)


def test_what_needs_history_has_some_and_its_neighbours_are_sound() -> None:
    faults, first = Faults(0.3, seed=2), date(2026, 1, 1)
    hits = {shift(first, i): faults.assigned(shift(first, i), first, 200) for i in range(-3, 13)}
    seen: Counter[str] = Counter()
    for period in [shift(first, i) for i in range(9)]:
        for (site, name), kind in hits[period].items():
            assert is_due(name, period)
            assert kind == ABSENT or name in FAULTS[kind].rules
            history = "any" if kind == ABSENT else FAULTS[kind].history
            before, after = next_due(name, period, -1), next_due(name, period, 1)
            seen[history] += 1
            assert kind == ABSENT or FAULTS[kind].layer != "cross_feed" or (site, "registered_list") not in hits[period]
            assert (history == "none") <= (before < first)
            if history == "needed":
                assert before >= first and not {(site, name)} & (hits[before].keys() | hits[after].keys())
    assert min(seen[h] for h in ("any", "needed", "none")) >= 10


def test_a_survey_is_due_every_third_month() -> None:
    assert [m for m in range(1, 13) if is_due("staff_survey", date(2026, m, 1))] == [3, 6, 9, 12]
    assert next_due("staff_survey", date(2026, 9, 1), -1) == date(2026, 6, 1)
    assert next_due("staff_survey", date(2026, 12, 1), 1) == date(2027, 3, 1)
    assert next_due("prescribing", date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert not any(name == "staff_survey" for _, name in Faults(1.0).assigned(date(2026, 8, 1), date(2026, 1, 1), 9))


def test_the_truth_says_what_was_planted_and_who_stands_beside_it() -> None:
    programme = Programme.create(sites=12, end=END, months=4, faults=Faults(0.3, seed=4))
    truth = {(t.site_code, t.feed, t.period): t for p in programme.periods for t in programme.truth(p)}
    sent = {(f.site_code, f.feed, f.period): f for p in programme.periods for f in programme.files(p)}
    assert {t.period for t in truth.values()} == set(programme.periods)
    for address, t in truth.items():
        assert (address in sent) == (t.expected != "missing")
        assert address not in sent or sent[address].fault == t.fault
        neighbours = [(t.site_code, t.feed, next_due(t.feed, t.period, step)) for step in (-1, 1)]
        inside = [n for n in neighbours if n in truth]
        assert t.is_beside_fault or not any(truth[n].fault for n in inside)
        if t.fault is None:
            assert (t.expected, t.rule, t.severity, t.layer) == ("accepted", None, None, None)
        elif t.fault != ABSENT:
            fault = FAULTS[t.fault]
            assert (t.expected, t.severity) == (fault.expected, fault.severity)
            assert (t.rule, t.layer) == ((fault.rules[t.feed], fault.layer) if fault.severity else (None, None))
    assert {a for a, t in truth.items() if t.fault != ABSENT} == sent.keys()


def test_wrong_arguments_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Faults(rate=1.5)
    with pytest.raises(ValueError, match="no fault 'meteor'"):
        Faults(rate=0.1, kinds=("meteor",))
    with pytest.raises(ValueError, match="nothing to choose from"):
        Faults(rate=0.1, kinds=())
    assert possible("prescribing", ("total_rows",), "any", has_list=True) == []
