"""A correction beside what it replaces: compared as the values are read, and told apart by the grain."""

from datetime import date

import pytest

from pch.decode import Limits
from pch.desk import compare as comparing
from pch.desk.compare import compare
from pch.desk.compared import Compared, Row, Total

HEADER = "practice_code,bnf_code,items_count,quantity,nic_gbp,actual_cost_gbp\n"
FIRST = "A81001,0501013K0AAAJAJ,5,105,9.25,8.59\n"
SECOND = "A81001,0212000B0AAABAB,2,56,1.62,1.51\n"


def compared(before: str, after: str) -> Compared:
    files = [(HEADER + rows).encode() for rows in (before, after)]
    return compare(*files, "prescribing", date(2026, 4, 1), "PCH001", Limits())


def test_values_are_compared_as_they_are_read() -> None:
    found = compared(FIRST + SECOND, SECOND + '"A81001",0501013K0AAAJAJ,5.0,105.00,£9.25,"8.590"\n')
    assert (found.added, found.removed, found.changed) == (comparing.Rows(0, []),) * 3
    assert [t.difference for t in found.totals or []] == [0, 0, 0, 0]


def test_what_came_went_and_changed() -> None:
    found = compared(
        FIRST + SECOND, "A81001,0407010H0AAAMAM,3,84,2.52,2.34\n" + FIRST.replace(",5,105,9.25", ",6,*,-9.25")
    )
    assert found.added and found.removed and found.changed
    assert found.added.shown == [Row(("A81001", "0407010H0AAAMAM"), 2)]
    assert found.removed.shown == [Row(("A81001", "0212000B0AAABAB"), 3)]
    assert found.changed.shown == [
        Row(
            ("A81001", "0501013K0AAAJAJ"), 3,
            (("items_count", "5", "6"), ("quantity", "105", ""), ("nic_gbp", "9.25", "-9.25"),
             ("absent", "", "quantity=suppressed")),
        )
    ]  # fmt: skip
    assert found.totals == [
        Total("items_count", 7, 9), Total("quantity", 161, 84), Total("nic_gbp", 10.87, -6.73),
        Total("actual_cost_gbp", 10.1, 10.93),
    ]  # fmt: skip
    assert [t.difference for t in found.totals] == [2, -77, -17.6, 0.83]


def test_the_first_are_shown_and_all_are_counted() -> None:
    found = compared(FIRST, FIRST + "".join(f"A81001,0212000B0AAAB{n:02},1,1,1,1\n" for n in range(50)))
    assert found.added and found.added.count == 50
    assert [row.row_number for row in found.added.shown] == list(range(3, 23))


def test_of_very_many_rows_only_the_sums_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_ROWS", 1)
    found = compared(FIRST, FIRST + SECOND)
    assert (found.rows_before, found.rows_after, found.added) == (1, 2, None)
    assert found.totals and found.totals[0] == Total("items_count", 5, 7)


def test_a_file_that_cannot_be_read_is_said() -> None:
    found = compared(FIRST, FIRST.replace(",5,", ",five,"))
    assert found.unread == [
        "This file could not be read as it stands, so there is nothing to compare: Column 'items_count': 1 cell is not a "
        "whole number, first on line 2 ('five')."
    ]
    assert found.totals is None
