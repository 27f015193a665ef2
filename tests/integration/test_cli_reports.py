"""``pch status`` and ``pch explain`` on a warehouse of thirteen months: every figure against its source.

Three simulated sites push three feeds, and the staff survey of a quarter; of the other six they push nothing. In
the first month one file is garbage, one return is nil and one never comes; in the second, one site's hospital file
lacks a practice. The other months are whole.
"""

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

from pch.intake.items import items
from pch.intake.push import Received, push, push_nil
from pch.registry import feeds
from pch.settings import Settings
from pch.simulate import Programme, SimulatedFile
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import Connection, connect

MONTHS = 13
FEEDS = ("registered_list", "hospital_activity", "programme_inputs", "staff_survey")


@dataclass
class World:
    pch: Terminal
    owner: Connection
    sites: list[str]
    months: list[str]
    bytes_of: dict[tuple[str, str, str], bytes]
    left_out: str

    def value(self, query: str, *parameters: Any) -> Any:
        row = self.owner.execute(query, parameters).fetchone()
        return row[0] if row else None

    def explain(self, metric: str, site: str, month: str, window: str = "month") -> Any:
        return self.pch.json("explain", metric, "--site", site, "--period", month, "--window", window)


@pytest.fixture(scope="module")
def world(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    settings = server.model_copy(update={"db_name": "world", "landing_url": str(folder / "landing")})
    prepare(settings)
    terminal = Terminal(settings)
    programme = Programme.create(sites=3, months=MONTHS, feeds=FEEDS)
    sites = [s.site_code for s in programme.sites]
    programme.write_sites_csv(folder / "sites.csv")
    terminal.run("sites", "import", folder / "sites.csv")
    bytes_of: dict[tuple[str, str, str], bytes] = {}
    left_out = ""
    for number, period in enumerate(programme.periods):
        by_feed: dict[str, Path] = {}
        for file in programme.files(period):
            content: bytes | None = file.content
            if number == 0:
                content = spoilt(file, sites)
            elif number == 1 and (file.site_code, file.feed) == (sites[2], "hospital_activity"):
                left_out, content = without_largest_practice(file)
            if content is None:
                continue
            place = by_feed.setdefault(file.feed, folder / f"{period:%Y-%m}" / file.feed)
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{file.site_code}.csv").write_bytes(content)
            bytes_of[file.site_code, file.feed, f"{period:%Y-%m}"] = content
        for feed, place in by_feed.items():
            if period == programme.periods[-1]:
                terminal.run("push", place, "--feed", feed, "--period", f"{period:%Y-%m}")
            else:
                assert all(isinstance(o, Received) for o in push(settings, items(place, None), feed, period))
    push_nil(settings, sites[1], "programme_inputs", programme.periods[0], "the programme had not begun to spend")
    said = terminal.says("collect")
    assert re.search(rf"Judged {len(bytes_of) + 1} submission\(s\).* 1 rejected", said), said
    assert f"made and tested {MONTHS} month(s)" in said
    with connect(settings, "owner", autocommit=True) as owner:
        yield World(terminal, owner, sites, [f"{p:%Y-%m}" for p in programme.periods], bytes_of, left_out)


def spoilt(file: SimulatedFile, sites: list[str]) -> bytes | None:
    match sites.index(file.site_code), file.feed:
        case 0, "hospital_activity":
            return b"this is, no table\n"
        case 1, "programme_inputs":
            return None  # nil
        case 2, "registered_list":
            return None  # missing
    return file.content


def without_largest_practice(file: SimulatedFile) -> tuple[str, bytes]:
    """Without the practice that has most rows."""
    header, *lines = file.content.decode().splitlines()
    column = header.split(",").index("practice_code")
    codes = [line.split(",")[column] for line in lines]
    largest = max(sorted(set(codes)), key=codes.count)
    kept = [line for line, code in zip(lines, codes, strict=True) if code != largest]
    return largest, "\n".join([header, *kept, ""]).encode()


def first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


# status


def test_status_counts_equal_the_ledger(world: World) -> None:
    status = world.pch.json("status")
    expected = world.value("select count(*) from ref.site, ref.feed, ref.period")
    submitted = world.value("select count(distinct (site_code, feed, period)) from ops.submission")
    total = status["total"]
    assert (total["expected"], total["received"]) == (expected, submitted)
    verdicts = dict(world.owner.execute("select verdict, count(*) from ops.current_verdict group by 1").fetchall())
    assert total["accepted"] + total["nil_return"] == verdicts["accepted"]
    assert total["accepted_with_warnings"] == verdicts.get("accepted_with_warnings", 0)
    assert (total["rejected"], total["nil_return"], total["being_checked"]) == (1, 1, 0)
    open_or_missing = total["missing"] + total["late"] + total["due"] + total["not_due"]
    assert open_or_missing == expected - submitted
    for counts in [total, *status["counts"]]:
        parts = [v for k, v in counts.items() if k not in ("period", "feed", "expected", "received")]
        assert sum(parts) == counts["expected"]
    for name in ("expected", "received", "accepted", "missing", "due"):
        assert sum(c[name] for c in status["counts"]) == total[name]
    first_month = {c["feed"]: c for c in status["counts"] if c["period"] == f"{world.months[0]}-01"}
    assert first_month["hospital_activity"]["rejected"] == 1
    assert first_month["programme_inputs"]["nil_return"] == 1
    assert first_month["registered_list"]["missing"] == 1
    survey = {c["period"]: c for c in status["counts"] if c["feed"] == "staff_survey"}
    for period, counts in survey.items():
        is_due = date.fromisoformat(period).month in feeds()["staff_survey"].due_months
        assert counts["received" if is_due else "not_due"] == counts["expected"] == 3
    assert len(status["returns"]) == expected
    assert status["pending"] == []
    assert status["last_build"]["succeeded"] is True
    assert status["last_build"]["build_id"] == world.value("select max(build_id) from ops.build")


def test_status_of_a_site_has_each_of_its_returns(world: World) -> None:
    site, month = world.sites[0], world.months[0]
    status = world.pch.json("status", "--site", site, "--period", month)
    states = {r["feed"]: (r["state"], r["last_verdict"], r["attempts_count"]) for r in status["returns"]}
    assert states["hospital_activity"] == ("rejected", "rejected", 1)
    assert states["registered_list"][0] == states["programme_inputs"][0] == "received"
    said = world.pch.says("status", "--site", site, "--period", month)
    assert re.search(rf"{month} hospital_activity {site} rejected rejected 1 ", said)
    assert "No month waits to be built." in said


def test_status_for_people_shows_what_json_has(world: World) -> None:
    status = world.pch.json("status")
    counts = {(c["period"][:7], c["feed"]): c for c in status["counts"]}
    always = ("expected", "received", "accepted", "rejected", "missing")
    columns = [k for k, v in status["total"].items() if k not in ("period", "feed") and (k in always or v)]
    shown: dict[tuple[str, str], list[str]] = {}
    month = ""
    for line in world.pch.run("status", "--all").stdout.splitlines():
        words = line.split()
        if words and re.fullmatch(r"\d{4}-\d{2}", words[0]):
            month = words.pop(0)
        if words and (month, words[0]) in counts:
            shown[month, words[0]] = words[1:]
    assert shown.keys() == counts.keys()
    for address, cells in shown.items():
        assert [0 if c == "-" else int(c.replace(",", "")) for c in cells] == [counts[address][k] for k in columns]


# explain: the figure and its strata


def byar_or_exact(count: float, confidence: float) -> tuple[float, float]:
    """Limits of a Poisson count of 10 or more, after Byar (Breslow and Day 1987, equation 2.13)."""
    from statistics import NormalDist

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    lower = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    above = count + 1
    return lower, above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3


@pytest.mark.parametrize("window", ["month", "r12"])
def test_a_standardised_figure_can_be_recomputed_from_what_explain_tells(world: World, window: str) -> None:
    for site in world.sites:
        told = world.explain("PH01", site, world.months[-1], window)
        figure, multiplier = told["figure"], told["definition"]["multiplier"]
        stored = world.owner.execute(
            """select value, lower_95, upper_95, lower_998, upper_998, numerator, denominator from mart.fct_metric_value
               where (metric_code, site_code, period, period_window) = ('PH01', %s, %s, %s)""",
            (site, first(world.months[-1]), window),
        ).fetchone()
        assert stored is not None
        assert figure["state"] == "received"
        assert (figure["value"], figure["lower_95"], figure["upper_95"]) == stored[:3]
        strata = told["strata"]
        assert len(strata) == 38
        weight = sum(s["standard_population"] for s in strata)
        terms = [(s["standard_population"], s["numerator"], s["denominator"]) for s in strata]
        value = multiplier * math.fsum(w * x / n for w, x, n in terms) / weight
        assert value == pytest.approx(stored[0], rel=1e-9, abs=0)
        assert told["sum"]["value"] == pytest.approx(stored[0], rel=1e-9, abs=0)
        events = math.fsum(x for _, x, _ in terms)
        assert (events, math.fsum(n for _, _, n in terms)) == stored[5:]
        stretch = multiplier * math.sqrt(math.fsum(w * w * x / (n * n) for w, x, n in terms) / events) / weight
        for confidence, limits in ((0.95, stored[1:3]), (0.998, stored[3:5])):
            bounds = byar_or_exact(events, confidence)
            assert [value + stretch * (b - events) for b in bounds] == pytest.approx(limits, rel=1e-6)


def test_the_numerator_is_what_the_files_say(world: World) -> None:
    site = world.sites[1]
    told = world.explain("PH01", site, world.months[-1], "r12")
    counted = sum(s["numerator"] for s in told["strata"] + told["outside"])
    assert told["figure"]["first_period"] == f"{world.months[1]}-01"
    in_files = world.value(
        """select sum(events_count) from raw.hospital_activity inner join ref.membership using (site_code, practice_code)
           where site_code = %s and pod = 'em' and period between %s and %s
             and period >= valid_from and (valid_to is null or period < valid_to)""",
        site, first(world.months[1]), first(world.months[-1]),
    )  # fmt: skip
    assert counted == in_files > 0
    assert sum(m["numerator"] for m in told["months"]) == counted
    assert sum(m["denominator"] for m in told["months"]) == sum(
        s["denominator"] for s in told["strata"] + told["outside"]
    )


def test_the_printed_figure_adds_up_by_hand(world: World) -> None:
    site, month = world.sites[0], world.months[-1]
    said = world.pch.run("explain", "PH01", "--site", site, "--period", month, "--window", "r12").stdout
    rows = re.findall(r"^ *(?:female|male) +\S+ +([\d,]+) +([\d,]+) +[\d,.]+ +([\d,]+) +[\d,.]+ *$", said, re.MULTILINE)
    assert len(rows) == 38
    numbers = [[int(cell.replace(",", "")) for cell in row] for row in rows]
    by_hand = sum(12_000 * x / n * w for x, n, w in numbers) / sum(w for _, _, w in numbers)
    value = world.value(
        """select value from mart.fct_metric_value
           where (metric_code, site_code, period, period_window) = ('PH01', %s, %s, 'r12')""",
        site, first(month),
    )  # fmt: skip
    assert f"{by_hand:,.4f}" == f"{value:,.4f}"
    assert f"/ 200,000 = {by_hand:,.4f}" in said
    assert f"  {by_hand:,.4f} per 1000 person years, received" in said


@pytest.mark.parametrize("metric", ["IN01", "IN02", "IN03", "DQ03", "DQ04"])
@pytest.mark.parametrize("window", ["month", "r12"])
def test_other_figures_are_their_sums_divided(world: World, metric: str, window: str) -> None:
    told = world.explain(metric, world.sites[0], world.months[-1], window)
    figure, total = told["figure"], told["sum"]
    assert figure["state"] == "received"
    value = told["definition"]["multiplier"] * total["numerator"] / total["denominator"]
    assert value == pytest.approx(figure["value"], rel=1e-9, abs=0)
    assert (total["numerator"], total["denominator"]) == pytest.approx((figure["numerator"], figure["denominator"]))
    months = [m["numerator"] for m in told["months"]]
    assert len(months) == (1 if window == "month" else 12)
    assert math.fsum(months) == pytest.approx(figure["numerator"])


# explain: where it comes from


def test_the_submissions_behind_a_figure_are_the_files_that_were_pushed(world: World) -> None:
    site = world.sites[0]
    told = world.explain("PH01", site, world.months[-1], "r12")
    sources = [(m["period"][:7], s) for m in told["months"] for s in m["sources"]]
    assert {(month, s["feed"]) for month, s in sources} == {
        (month, feed) for month in world.months[1:] for feed in ("hospital_activity", "registered_list")
    }
    for month, source in sources:
        pushed = world.bytes_of[site, source["feed"], month]
        assert source["sha256"] == hashlib.sha256(pushed).hexdigest()
        assert (source["bytes"], source["file_name"]) == (len(pushed), f"{site}.csv")
        rows = world.value(
            f"select count(*) from raw.{source['feed']} where submission_id = %s", source["submission_id"]
        )
        assert (source["rows_published"], source["attempt"], source["is_in_figure"]) == (rows, 1, True)
        findings = world.value(
            "select count(*) from ops.current_finding where submission_id = %s", source["submission_id"]
        )
        assert len(source["findings"]) == findings
    assert told["build"]["build_id"] == world.value("select max(build_id) from ops.build")
    assert told["awaiting"] == []


def test_a_practice_that_is_not_included_is_named_with_its_reason(world: World) -> None:
    site, month = world.sites[2], world.months[1]
    told = world.explain("PH01", site, month)
    by_code = {p["practice_code"]: p for p in told["practices"]}
    without = by_code.pop(world.left_out)
    assert without["months_included_count"] == 0
    why = "the hospital_activity received has no row of it"
    assert without["left_out"] == [{"period": f"{month}-01", "why": why}]
    assert all(p["months_included_count"] == 1 and not p["left_out"] for p in by_code.values())
    covered = sum(p["person_months"] for p in by_code.values())
    assert told["figure"]["coverage_pct"] == pytest.approx(100 * covered / (covered + without["person_months"]))
    assert sum(s["denominator"] for s in told["strata"]) == covered
    assert why in world.pch.says("explain", "PH01", "--site", site, "--period", month)


@pytest.mark.parametrize(
    ("site", "state", "reason"),
    [(0, "rejected", "hospital_activity rejected"), (2, "missing", "registered_list missing")],
)
def test_a_figure_that_does_not_exist_says_why(world: World, site: int, state: str, reason: str) -> None:
    code, month = world.sites[site], world.months[0]
    told = world.explain("PH01", code, month)
    assert (told["figure"]["value"], told["figure"]["state"], told["figure"]["state_reason"]) == (None, state, reason)
    assert (told["strata"], told["sum"]) == ([], None)
    sources = {s["feed"]: s for s in told["months"][0]["sources"]}
    if state == "missing":
        assert sources["registered_list"]["submission_id"] is None
    else:
        assert sources["hospital_activity"]["is_in_figure"] is False
        assert sources["hospital_activity"]["findings"][0]["severity"] == "error"
    said = world.pch.says("explain", "PH01", "--site", code, "--period", month)
    assert f"No figure: {state} ({reason})" in said


def test_windows_and_months_that_are_not_there_are_one_sentence(world: World) -> None:
    ask = ("explain", "PH01", "--site", world.sites[0], "--period")
    assert "not for 'year'" in world.pch.says(*ask, world.months[-1], "--window", "year", code=1)
    assert "has no figure of PH01" in world.pch.says(*ask, "2001-01", code=1)
    assert "fewer than twelve months" in world.pch.says(*ask, world.months[0], "--window", "r12")


def test_what_changed_since_the_figure_was_made_stands_beside_it(world: World, tmp_path: Path) -> None:
    """A correction that is accepted and not yet built: the figure still is of the old file, and says so."""
    site, month = world.sites[1], world.months[5]
    before = world.explain("PH01", site, month)
    old = world.bytes_of[site, "hospital_activity", month]
    header, *lines = old.decode().splitlines()
    file = tmp_path / "corrected.csv"
    file.write_text("\n".join([header, *lines[:-3], ""]))
    push = ("push", file, "--site", site, "--feed", "hospital_activity", "--period", month)
    new = world.pch.json(*push)["received"][0]["receipt"]["submission_id"]
    assert world.pch.json("status", "--site", site, "--period", month)["waiting_count"] == 1
    from pch.pipeline.batches import plan
    from pch.pipeline.collect import load

    for batch in plan(world.pch.settings):
        load(world.pch.settings, batch)
    told = world.explain("PH01", site, month)
    assert told["figure"] == before["figure"]
    source = {s["feed"]: s for s in told["months"][0]["sources"]}["hospital_activity"]
    assert source["sha256"] == hashlib.sha256(old).hexdigest()
    assert source["in_use_now"] == new
    assert told["awaiting"] == [f"{month}-01"]
    assert f"{month} changed since" in world.pch.says("explain", "PH01", "--site", site, "--period", month)
    assert "made and tested 1 month(s)" in world.pch.says("build")
    rebuilt = world.explain("PH01", site, month)
    source = {s["feed"]: s for s in rebuilt["months"][0]["sources"]}["hospital_activity"]
    assert (source["submission_id"], source["in_use_now"], rebuilt["awaiting"]) == (new, None, [])
    assert rebuilt["build"]["build_id"] == before["build"]["build_id"] + 1
    assert "Nothing was pending" in world.pch.says("build")
