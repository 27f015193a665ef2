"""A contract that changed: an old month is judged, and judged again, by the rules of its time."""

from datetime import date

import pytest
from desk import Desk

from pch import registry
from pch.registry import Column
from pch.warehouse import ledger
from pch.warehouse.db import connect
from pch.warehouse.migrate import migrate

OLD_FILE = "practice_code,sex,age_band,registered_count\nA10001,female,0-4,1010\nA10001,male,0-4,1111\n"
NEW_FILE = (
    "practice_code,sex,age_band,temporary_count,registered_count\nA10001,female,0-4,1,1010\nA10001,male,0-4,2,1111\n"
)


def test_an_old_month_replays_under_the_rules_of_its_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """From July on the list must say how many patients are temporary; June did not have to."""
    old = registry.feeds()["registered_list"]
    temporary = Column(name="temporary_count", type="count", unit="patients", description="Temporary patients.")
    new = old.model_copy(
        update={"version": 2, "effective_from": date(2026, 7, 1), "columns": [*old.columns, temporary]}
    )
    desk.register({"SITE1": ["A10001"]})
    june = desk.push("SITE1", "registered_list", "2026-06", OLD_FILE)
    desk.collect()

    monkeypatch.setattr(registry, "contracts", lambda: {"registered_list": (old, new)})
    registry.feeds.cache_clear()
    try:
        with connect(desk.settings, "owner") as conn:
            migrate(conn)
        without = desk.push("SITE1", "registered_list", "2026-07", OLD_FILE)
        with_it = desk.push("SITE1", "registered_list", "2026-08", NEW_FILE)
        with connect(desk.settings, "loader") as conn:
            ledger.enqueue(conn, [june.submission_id], "again")
        desk.collect()
    finally:
        monkeypatch.undo()
        registry.feeds.cache_clear()
    assert [desk.verdict(r) for r in (june, without)] == ["accepted", "rejected"]
    assert "temporary_count" in desk.findings(without)["missing_column"]["message"]
    assert desk.verdict(with_it) in ("accepted", "accepted_with_warnings")
    assert desk.rows(
        """select to_char(period, 'YYYY-MM'), sum(registered_count)::int, sum(temporary_count)::int
           from raw.registered_list group by 1 order by 1"""
    ) == [("2026-06", 2121, None), ("2026-08", 2121, 3)]


def test_a_rule_has_its_time_too() -> None:
    from pch.quality.suites import Expectation

    rule = Expectation({"meta": {"from": "2026-04", "to": "2026-09"}})
    months = [date(2026, m, 1) for m in (3, 4, 9, 10)]
    assert [rule.applies_to(month) for month in months] == [False, True, True, False]
