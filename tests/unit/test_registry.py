"""Declared facts are read strictly: whatever is wrong with a file is refused with the file and the line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from pch.errors import Refused, RegistryError
from pch.registry import HERE, contracts, feed, feeds, load_feeds, load_metrics, metrics

FEED = """\
feed: visits
title: Visits
description: Visits of the month.
version: 1
grain: [practice_code, sex]
columns:
  - name: practice_code
    type: code
    pattern: "[A-Z][0-9]{5}"
    aliases: [ods_code]
    description: ODS code.
  - name: sex
    type: category
    values:
      female: [f]
      male: [m]
    totals: [all]
    description: Sex.
  - name: visits_count
    type: count
    unit: events
    description: Visits.
restates:
  period: [month]
ignored: [region]
null_tokens: {"*": suppressed}
"""
METRIC = (HERE / "metrics" / "PH01.yml").read_text(encoding="utf-8")


def refusal(folder: Path, text: str, name: str = "visits.yml", load: Callable[[Path], object] = load_feeds) -> str:
    """The message with which ``text``, written to a file of this name, is refused."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as refused:
        load(folder)
    return str(refused.value)


def assert_said(message: str, place: str, said: str) -> None:
    """One line of ``message`` names the place and says it."""
    assert any(place in line and said in line for line in message.splitlines()), message


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_feed_of_these_tests_is_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "visits.yml").write_text(FEED)
    (visits,) = load_feeds(tmp_path)["visits"]
    assert [c.name for c in visits.columns] == ["practice_code", "sex", "visits_count"]
    assert visits.names_practices and visits.numeric_columns == ["visits_count"]
    assert visits.null_tokens == {"*": "suppressed"}


@pytest.mark.parametrize(
    ("before", "after", "at", "said"),
    [
        ("title: Visits", "titel: Visits", "titel", "titel: Extra inputs are not permitted"),
        ("    pattern:", "    patern:", "patern", "columns.0.patern: Extra inputs are not permitted"),
        ("  period: [month]", "  periods: [month]", "periods", "restates.periods: Extra inputs are not permitted"),
        ("title: Visits\n", "", "feed: visits", "title: Field required"),
        ("version: 1", "version: 0", "version: 0", "version: Input should be greater than or equal to 1"),
        ("unit: events", "unit: evnts", "unit: evnts", "columns.2.unit: Input should be 'patients', 'people'"),
        ("    unit: events\n", "", "- name: visits_count", "columns.2: Value error, a column of type count needs a unit"),
        ("    totals: [all]", "    unit: events", "- name: sex", "a column of type category has no unit"),
        ("type: count", "type: counts", "type: counts", "columns.2.type: Input should be 'code', 'category'"),
        ("name: visits_count", "name: Visits", "name: Visits", "columns.2.name: String should match pattern"),
        ("suppressed}", "hidden}", "null_tokens", "null_tokens.*: Input should be 'not_recorded', 'suppressed'"),
        ("grain: [practice_code, sex]", "grain: [practice_code, age]", "feed: visits", "not declared: age"),
        ("aliases: [ods_code]", "values: {a: []}", "- name: practice_code", "'values' belongs to columns of type category"),
        ('"[A-Z][0-9]{5}"', '"[A-Z"', "- name: practice_code", "pattern '[A-Z' is no regular expression"),
    ],
    ids=lambda value: value[:24].strip() if isinstance(value, str) else None,
)  # fmt: skip
def test_a_wrong_declaration_names_file_and_line(tmp_path: Path, before: str, after: str, at: str, said: str) -> None:
    text = FEED.replace(before, after, 1)
    assert text != FEED
    assert_said(refusal(tmp_path, text), f"visits.yml:{line_of(text, at)}: ", said)


@pytest.mark.parametrize(
    ("alias", "said"),
    [
        ("    aliases: [Sex]", "header 'sex' would be read both as sex and as visits_count"),
        ("    aliases: ['ODS code']", "header 'ods_code' would be read both as practice_code and as visits_count"),
        ("    aliases: [Month]", "header 'month' would be read both as visits_count and as period (restated)"),
        ("    aliases: ['region ']", "header 'region' would be read both as visits_count and as ignored"),
    ],
)
def test_a_header_has_one_meaning(tmp_path: Path, alias: str, said: str) -> None:
    text = FEED.replace("    unit: events\n", f"    unit: events\n{alias}\n")
    message = refusal(tmp_path, text)
    assert message.startswith(f"{tmp_path / 'visits.yml'}:1: ") and said in message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("male: [m, F]", "'f' would be read both as female and as male"),
        ("male: [m, female]", "'female' would be read both as female and as male"),
        ("male: [m, ALL]", "'all' would be read both as male and as a total"),
    ],
)
def test_a_category_has_one_meaning(tmp_path: Path, values: str, said: str) -> None:
    text = FEED.replace("male: [m]", values)
    message = refusal(tmp_path, text)
    assert message.startswith(f"{tmp_path / 'visits.yml'}:{line_of(text, '- name: sex')}: ") and said in message


def test_the_first_column_is_the_practice(tmp_path: Path) -> None:
    text = FEED.replace("name: practice_code", "name: practice").replace("grain: [practice_code, sex]", "grain: [sex]")
    assert "the first column of every feed is practice_code" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (FEED + "title: Once more\n", FEED.count("\n") + 1, "'title' is given twice"),
        (FEED.replace("      male: [m]", "      female: [m]"), 16, "'female' is given twice"),
        (FEED.replace("[practice_code, sex]", "[practice_code, sex"), 6, "not readable as YAML: "),
        (FEED.replace("version: 1", "version: !secret 1"), 4, "not readable as YAML: "),
        (FEED.replace("version: 1", "version: 2026-13-45"), 4, "not readable as YAML: "),
        (FEED.replace("title: Visits", "[title]: Visits"), 2, "not readable as YAML: a key must be a word"),
        ("- feed\n", 1, "expected a mapping of keys to values"),
        ("", 1, "expected a mapping of keys to values"),
    ],
    ids=["repeated key", "repeated key within", "bracket", "tag", "date", "key", "list", "empty"],
)
def test_unreadable_yaml_names_the_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith(f"{tmp_path / 'visits.yml'}:{line}: ")
    assert said in message


def test_several_faults_are_named_at_once(tmp_path: Path) -> None:
    text = FEED.replace("unit: events", "unit: evnts").replace("title: Visits", "titel: Visits")
    assert [line.split(": ", 2)[1] for line in refusal(tmp_path, text).splitlines()] == [
        "title", "columns.2.unit", "titel",
    ]  # fmt: skip


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "visits.yml").write_bytes(FEED.replace("Visits", "Visités").encode("cp1252"))
    with pytest.raises(RegistryError, match=r"visits\.yml.*not readable as UTF-8"):
        load_feeds(tmp_path)


def test_a_file_is_named_after_its_feed(tmp_path: Path) -> None:
    message = refusal(tmp_path, FEED, "calls.yml")
    assert message == f"{tmp_path / 'calls.yml'}:1: feed 'visits' must stand in a file named visits.yml"


def test_a_feed_is_declared_once(tmp_path: Path) -> None:
    (tmp_path / "visits.yml").write_text(FEED)
    message = refusal(tmp_path, FEED, "visits.v1.yml")
    assert message == f"{tmp_path / 'visits.yml'}:1: version 1 of visits is declared in two files"


LATER = FEED.replace("version: 1", "version: 2\neffective_from: 2026-07-01")


def test_a_contract_keeps_its_past(tmp_path: Path) -> None:
    (tmp_path / "visits.v1.yml").write_text(FEED)
    (tmp_path / "visits.yml").write_text(LATER)
    first, second = load_feeds(tmp_path)["visits"]
    assert (first.version, first.effective_from, second.version, second.effective_from) == (
        1,
        None,
        2,
        date(2026, 7, 1),
    )


def test_a_month_is_read_by_the_contract_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    old = feeds()["registered_list"]
    new = old.model_copy(update={"version": 2, "effective_from": date(2026, 7, 1)})
    monkeypatch.setattr("pch.registry.contracts", lambda: {"registered_list": (old, new)})
    months = [date(2020, 1, 1), date(2026, 6, 1), date(2026, 7, 1), date(2030, 1, 1), None]
    assert [feed("registered_list", month).version for month in months] == [1, 1, 2, 2, 2]
    monkeypatch.setattr("pch.registry.contracts", lambda: {"registered_list": (new,)})
    with pytest.raises(Refused, match="Registered patients begins with 2026-07"):
        feed("registered_list", date(2026, 6, 1))


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        (
            FEED.replace("version: 1", "version: 2"),
            "version 2 must be effective_from a later period than the one before",
        ),
        (LATER.replace("type: count\n    unit: events", "type: text"), "visits_count was of another type in version 1"),
    ],
)
def test_versions_follow_one_another(tmp_path: Path, newer: str, said: str) -> None:
    (tmp_path / "visits.v1.yml").write_text(FEED)
    assert said in refusal(tmp_path, newer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due_months": [0]}, "greater than or equal to 1"),
        ({"due_months": []}, "at least 1 item"),
        ({"reported_by": "team"}, "'practice' or 'site'"),
    ],
)
def test_when_and_by_whom_is_declared_strictly(tmp_path: Path, change: dict[str, object], said: str) -> None:
    assert said in refusal(tmp_path, yaml.safe_dump(yaml.safe_load(FEED) | change))


def test_a_feed_whose_practices_report_names_them(tmp_path: Path) -> None:
    text = FEED.replace("    aliases: [ods_code]\n", "    aliases: [ods_code]\n    nullable: true\n")
    assert "may not leave practice_code empty" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("before", "after", "at", "said"),
    [
        ("aim:", "purpose:", "purpose", "purpose: Extra inputs are not permitted"),
        ("unit: per_1000_person_years", "unit: per_1000", "unit: per_1000", "unit: Input should be 'per_1000_person_years'"),
        ("method: dsr", "method: smr", "method: smr", "method: Input should be 'dsr'"),
        ("minimum_coverage_pct: 75", "minimum_coverage_pct: 175", "minimum_coverage_pct", "less than or equal to 100"),
        ("windows: [month, r12, fytd]", "windows: []", "windows", "windows: List should have at least 1 item"),
        ("code: PH01", "code: PH1", "code: PH1", "code: String should match pattern"),
        ("checker: null", "checker: central data team", "code: PH01", "author and checker of a definition are two people"),
    ],
    ids=lambda value: value[:24].strip() if isinstance(value, str) else None,
)  # fmt: skip
def test_a_wrong_metric_names_file_and_line(tmp_path: Path, before: str, after: str, at: str, said: str) -> None:
    text = METRIC.replace(before, after, 1)
    assert text != METRIC
    assert_said(refusal(tmp_path, text, "PH01.yml", load_metrics), f"PH01.yml:{line_of(text, at)}: ", said)


def test_a_metric_is_declared_once_and_in_its_own_file(tmp_path: Path) -> None:
    assert "must stand in a file named PH01.yml" in refusal(tmp_path, METRIC, "PH02.yml", load_metrics)
    (tmp_path / "PH02.yml").unlink()
    (tmp_path / "PH01.yml").write_text(METRIC)
    assert "'PH01' must stand in a file named PH01.yml" in refusal(tmp_path, METRIC, "PH01a.yml", load_metrics)


def test_every_declared_file_is_read() -> None:
    versions = [v for of in contracts().values() for v in of[:-1]]
    declared = {f"{name}.yml" for name in feeds()} | {f"{v.feed}.v{v.version}.yml" for v in versions}
    assert declared == {p.name for p in (HERE / "feeds").iterdir()}
    assert {f"{code}.yml" for code in metrics()} == {p.name for p in (HERE / "metrics").iterdir()}


def test_metrics_are_made_of_feeds_that_exist() -> None:
    for metric in metrics().values():
        assert set(metric.feeds_of(feeds())) <= set(feeds()), metric.code


def test_every_feed_reads_the_same_words_for_nothing() -> None:
    """A site that writes * for a withheld count in one file writes it in all."""
    tokens = [f.null_tokens for f in feeds().values()]
    assert all(t == tokens[0] for t in tokens)
    assert tokens[0]["*"] == "suppressed"


def test_an_unknown_feed_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused) as refused:
        feed("hospital")
    assert str(refused.value) == f"There is no feed 'hospital'. The feeds are: {', '.join(feeds())}."


def test_declarations_hold_nothing_that_yaml_reads_otherwise() -> None:
    """``no``, ``on`` and 08 are traps of YAML: names and spellings must come out as text."""
    for path in sorted(HERE.glob("*/*.yml")):
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
        for column in plain.get("columns", []):
            spellings = [*column.get("aliases", []), *column.get("totals", []), *column.get("values", {})]
            spellings += [alias for aliases in column.get("values", {}).values() for alias in aliases]
            assert all(isinstance(s, str) for s in spellings), (path.name, column["name"], spellings)
