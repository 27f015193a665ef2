"""A register file is read whole or refused whole, with every wrong line named."""

from datetime import date
from pathlib import Path

import pytest

from pch.errors import Refused
from pch.warehouse.register import Line, read_register

HEADER = "site_code,site_name,practice_code,valid_from,valid_to,region,start_date"


def register(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "sites.csv"
    path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read_register(path)
    return str(refused.value)


def test_a_good_register(tmp_path: Path) -> None:
    path = register(
        tmp_path,
        "U00001,Hill,A00001,2025-04-01,,South,2025-07-01",
        "",
        "U00001,Hill,A00002,2025-04-01,2026-01-01,South,2025-07-01",
        '"U00002","Sea, East",A00002,2026-01-01,,,',
        " U00003 , Låg , A00003 , 2025-04-01 , , , ",
    )
    assert read_register(path) == [
        Line(2, "U00001", "Hill", "A00001", date(2025, 4, 1), None, "South", date(2025, 7, 1)),
        Line(4, "U00001", "Hill", "A00002", date(2025, 4, 1), date(2026, 1, 1), "South", date(2025, 7, 1)),
        Line(5, "U00002", "Sea, East", "A00002", date(2026, 1, 1), None, None, None),
        Line(6, "U00003", "Låg", "A00003", date(2025, 4, 1), None, None, None),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_with_and_without_a_byte_order_mark_and_optional_columns(tmp_path: Path, encoding: str) -> None:
    path = register(
        tmp_path,
        "2025-04-01,A00001,Hill,U00001",
        header="valid_from,practice_code,site_name,site_code",
        encoding=encoding,
    )
    assert read_register(path) == [Line(2, "U00001", "Hill", "A00001", date(2025, 4, 1), None, None, None)]


def test_when_a_programme_went_live_is_read_and_is_the_sites(tmp_path: Path) -> None:
    header = "site_code,site_name,practice_code,valid_from,went_live"
    good = register(tmp_path, "U00001,Hill,A00001,2025-04-01,2025-10-13", header=header)
    assert [line.went_live for line in read_register(good)] == [date(2025, 10, 13)]
    wrong = register(tmp_path, "U00001,Hill,A00001,2025-04-01,autumn", header=header)
    assert "line 2: went_live 'autumn' is not a date like 2026-04-01" in refusal(wrong)
    lines = ("U00001,Hill,A00001,2025-04-01,2025-10-13", "U00001,Hill,A00002,2025-04-01,2025-11-01")
    assert "line 3: site U00001 is described otherwise on line 2" in refusal(register(tmp_path, *lines, header=header))


def test_windows_newlines_keep_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_bytes(f"{HEADER}\r\nU00001,Hill,A00001,2025-04-01,,,\r\n\r\nU00001,Hill,A2,2025-04-01,,,\r\n".encode())
    assert "line 4: practice_code 'A2'" in refusal(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("u00001,Hill,A00001,2025-04-01,,,", "site_code 'u00001' is not 3 to 12 capital letters and digits"),
        ("U1,Hill,A00001,2025-04-01,,,", "site_code 'U1' is not 3 to 12 capital letters and digits"),
        (",Hill,A00001,2025-04-01,,,", "site_code '' is not 3 to 12 capital letters and digits"),
        ("U00001,Hill,A0001,2025-04-01,,,", "practice_code 'A0001' is not a letter and five digits"),
        ("U00001,Hill,81001,2025-04-01,,,", "practice_code '81001' is not a letter and five digits"),
        ("U00001,,A00001,2025-04-01,,,", "site_name is empty"),
        ("U00001,Hill,A00001,,,,", "valid_from is empty"),
        ("U00001,Hill,A00001,01/04/2025,,,", "valid_from '01/04/2025' is not a date like 2026-04-01"),
        ("U00001,Hill,A00001,2025-02-30,,,", "valid_from '2025-02-30' is not a date like 2026-04-01"),
        ("U00001,Hill,A00001,2025-04-01,never,,", "valid_to 'never' is not a date like 2026-04-01"),
        ("U00001,Hill,A00001,2025-04-01,,,soon", "start_date 'soon' is not a date like 2026-04-01"),
        ("U00001,Hill,A00001,2025-04-01,2025-04-01,,", "valid_to is not after valid_from"),
        ("U00001,Hill,A00001,2025-04-01,2025-03-01,,", "valid_to is not after valid_from"),
        ("U00001,Hill", "practice_code '' is not a letter and five digits"),
    ],
)
def test_each_kind_of_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = register(tmp_path, "U00009,Vale,A00009,2025-04-01,,,", line)
    message = refusal(path)
    assert message.startswith(f"{path} was not imported:\n")
    assert f"\n  line 3: {said}" in message


def test_all_wrong_lines_are_named_at_once(tmp_path: Path) -> None:
    path = register(tmp_path, "u1,,A1,,x,,", "U00001,Hill,A00001,2025-04-01,,,", "U00002,Sea,A2,2025-04-01,,,")
    assert refusal(path).splitlines()[1:] == [
        "  line 2: site_code 'u1' is not 3 to 12 capital letters and digits",
        "  line 2: practice_code 'A1' is not a letter and five digits",
        "  line 2: site_name is empty",
        "  line 2: valid_to 'x' is not a date like 2026-04-01",
        "  line 2: valid_from is empty",
        "  line 4: practice_code 'A2' is not a letter and five digits",
    ]


def test_of_hundreds_of_wrong_lines_twenty_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    path = register(tmp_path, *["U00001,Hill,A1,2025-04-01,,,"] * 300)
    lines = refusal(path).splitlines()
    assert len(lines) == 22 and lines[-1] == "  and 280 more"


def test_a_practice_in_two_sites_on_one_day(tmp_path: Path) -> None:
    path = register(
        tmp_path,
        "U00001,Hill,A00001,2025-04-01,2026-01-02,,",
        "U00002,Sea,A00001,2026-01-01,,,",
    )
    assert "  line 3: practice A00001 would be in two sites at once (U00001 on line 2, U00002)" in refusal(path)


def test_an_open_end_overlaps_whatever_comes_later(tmp_path: Path) -> None:
    path = register(tmp_path, "U00002,Sea,A00001,2030-01-01,,,", "U00001,Hill,A00001,2025-04-01,,,")
    assert "practice A00001 would be in two sites at once (U00001 on line 3, U00002)" in refusal(path)


def test_a_long_membership_overlaps_all_that_start_within_it(tmp_path: Path) -> None:
    """The first of three covers both others, which do not touch each other."""
    path = register(
        tmp_path,
        "U00001,Hill,A00001,2025-01-01,2027-01-01,,",
        "U00002,Sea,A00001,2025-02-01,2025-03-01,,",
        "U00003,Vale,A00001,2026-01-01,2026-02-01,,",
    )
    lines = refusal(path).splitlines()[1:]
    assert [line.strip().split(":")[0] for line in lines] == ["line 3", "line 4"]


def test_a_practice_twice_in_one_site(tmp_path: Path) -> None:
    path = register(tmp_path, "U00001,Hill,A00001,2025-04-01,,,", "U00001,Hill,A00001,2025-06-01,,,")
    assert "  line 3: practice A00001 would be in U00001 twice at once (line 2)" in refusal(path)


def test_a_practice_that_leaves_on_the_day_another_site_takes_it(tmp_path: Path) -> None:
    path = register(
        tmp_path,
        "U00001,Hill,A00001,2025-04-01,2026-01-01,,",
        "U00002,Sea,A00001,2026-01-01,2026-06-01,,",
        "U00001,Hill,A00001,2026-06-01,,,",
    )
    assert [(x.site_code, x.valid_from) for x in read_register(path)] == [
        ("U00001", date(2025, 4, 1)), ("U00002", date(2026, 1, 1)), ("U00001", date(2026, 6, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other", ["U00001,Hill East,A00002,2025-04-01,,South,", "U00001,Hill,A00002,2025-04-01,,North,",
              "U00001,Hill,A00002,2025-04-01,,South,2025-05-01"],
)  # fmt: skip
def test_a_site_is_described_in_one_way(tmp_path: Path, other: str) -> None:
    path = register(tmp_path, "U00001,Hill,A00001,2025-04-01,,South,", other)
    assert "  line 3: site U00001 is described otherwise on line 2" in refusal(path)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = register(tmp_path, "U00001,A00001", header="site_code,practice_code")
    assert refusal(path) == (
        f"{path} lacks the column(s) site_name, valid_from. It needs site_code, site_name, practice_code, valid_from."
    )


def test_files_that_are_no_register(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv") == f"There is no file {tmp_path / 'no.csv'}."
    assert refusal(tmp_path) == f"{tmp_path} cannot be read: Is a directory."
    assert refusal(register(tmp_path)) == f"{tmp_path / 'sites.csv'} has a header and no lines."
    latin = register(tmp_path, "U00001,Låg,A00001,2025-04-01,,,", encoding="cp1252")
    assert refusal(latin) == f"{latin} is not UTF-8 text. Save it as 'CSV UTF-8' and import it again."
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert refusal(empty).startswith(f"{empty} lacks the column(s) site_code, site_name, practice_code, valid_from.")
