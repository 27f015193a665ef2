"""Drop folders, on a disk: what is received, what waits, what is refused, and what is never touched."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from desk import Desk, list_file
from drop_folder import LIST, PLACE, SITES, Drops, expected, figures, sha256

from pch.errors import Temporary
from pch.intake.drops import sweep
from pch.intake.drops.sources import Changed, Folder
from pch.intake.landing import Landing
from pch.warehouse.db import connect


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drops"
    made.mkdir()
    return made


@pytest.fixture
def drops(desk: Desk, folder: Path) -> Drops:
    return Drops.at(desk, folder)


def put(folder: Path, path: str, content: bytes = LIST) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def test_a_file_in_its_place_gets_the_receipt_of_a_push(drops: Drops, folder: Path) -> None:
    pushed = drops.desk.push("PCH002", "registered_list", "2026-04", list_file(["B81001"]))
    first = put(folder, f"{PLACE}/my list.csv")
    named = put(folder, "pch002.registered_list.2026-04.csv", list_file(["B81001"]).encode())
    bare = put(folder, "PCH003.Registered_List.2026-04", b"nothing of sense")
    assert figures(drops.look()) == (3, 0, 0, 3)
    assert figures(drops.look()) == (3, 3, 0, 0)
    assert figures(drops.look()) == (3, 0, 0, 0)
    assert drops.submissions() == [
        ("PCH001", "registered_list", "2026-04", "my list.csv", 1, sha256(LIST)),
        ("PCH002", "registered_list", "2026-04", "extract.csv", 1, pushed.sha256),
        ("PCH003", "registered_list", "2026-04", "PCH003.Registered_List.2026-04", 1, sha256(b"nothing of sense")),
    ]
    assert drops.desk.rows(
        "select file_path, source, submission_id, sha256, bytes from ops.dropped_file where site_code = 'PCH002'"
    ) == [(named.name, str(folder), pushed.submission_id, pushed.sha256, named.stat().st_size)]
    assert drops.desk.rows("select door, submitted_by from ops.submission where site_code = 'PCH001'") == [
        ("drop folder", str(folder))
    ]
    assert Landing(drops.desk.settings.landing).get(sha256(LIST)) == LIST
    assert drops.desk.value("select count(*) from ops.queue") == 3
    assert [file.exists() for file in (first, named, bare)] == [True] * 3


def test_what_is_still_being_written_waits(drops: Drops, folder: Path) -> None:
    unfinished = [".hidden.csv", "a.csv.part", "a.partial", "A.TMP", "a.csv.filepart", "a.crdownload", "~$a.xlsx", "a.csv~",
                  "Thumbs.db", "desktop.ini"]  # fmt: skip
    for name in unfinished:
        put(folder, f"{PLACE}/{name}")
    put(folder, f".Trash/{PLACE}/a.csv")
    growing = put(folder, f"{PLACE}/growing.csv", LIST[:100])
    for size in (200, 300, len(LIST)):
        assert figures(drops.look()) == (1, 0, 0, 1)
        growing.write_bytes(LIST[:size])
    assert figures(drops.look()) == (1, 0, 0, 1)
    assert drops.waits() == {f"{PLACE}/growing.csv": None}
    assert figures(drops.look()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected(f"{PLACE}/growing.csv")]
    gone = put(folder, f"{PLACE}/gone.csv")
    drops.look()
    gone.unlink()
    assert figures(drops.look()) == (1, 0, 0, 0)
    assert drops.waits() == {}


def test_a_file_is_taken_once_it_was_left_alone_long_enough(desk: Desk, folder: Path) -> None:
    drops = Drops.at(desk, folder, settle=1)
    put(folder, f"{PLACE}/a.csv")
    os.utime(folder / PLACE / "a.csv", (0, 0))  # the sender's clock says nothing
    begun = time.monotonic()
    looks = 0
    while not drops.look().received:
        looks += 1
        time.sleep(0.1)
    assert looks >= 3
    assert time.monotonic() - begun >= 1


def test_a_file_that_changes_while_it_is_read_is_not_taken(folder: Path) -> None:
    file = put(folder, f"{PLACE}/a.csv")
    source = Folder(str(folder))
    [found] = source.list_files()

    def read_while_it_grows() -> None:
        with source.reading(found) as stream, file.open("ab") as more:
            assert stream.read(10) == LIST[:10]
            more.write(b"A81001,male,0-4,1\n")
            more.flush()

    with pytest.raises(Changed, match="still being written"):
        read_while_it_grows()
    [found] = source.list_files()
    with source.reading(found) as stream:
        assert stream.read() == LIST + b"A81001,male,0-4,1\n"


def test_a_correction_is_the_next_attempt_and_a_touch_is_none(drops: Drops, folder: Path) -> None:
    file = put(folder, f"{PLACE}/a.csv")
    drops.look_twice()
    os.utime(file, (1, 1))
    assert figures(drops.look_twice()) == (1, 1, 0, 0)
    corrected = LIST + b"A81001,male,0-4,1\n"
    file.write_bytes(corrected)
    assert figures(drops.look_twice()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected(str(file.relative_to(folder))),
                                   expected(str(file.relative_to(folder)), corrected, 2)]  # fmt: skip
    assert drops.desk.rows("select submission_id from ops.dropped_file order by dropped_file_id") == [(1,), (1,), (2,)]


def test_of_two_files_for_one_return_the_one_written_last_is_the_last_attempt(drops: Drops, folder: Path) -> None:
    newer, older = put(folder, f"{PLACE}/a.csv", b"newer"), put(folder, f"{PLACE}/b.csv", b"older")
    os.utime(older, (1000, 1000))
    os.utime(newer, (2000, 2000))
    drops.look_twice()
    assert [(row[3], row[4]) for row in drops.submissions()] == [("b.csv", 1), ("a.csv", 2)]


def test_a_checksum_beside_a_file_is_honoured(drops: Drops, folder: Path) -> None:
    right, wrong, none = (
        put(folder, f"{PLACE}/{name}.csv", LIST + name.encode()) for name in ("right", "wrong", "none")
    )
    put(folder, f"{PLACE}/right.csv.sha256", f"{sha256(right.read_bytes()).upper()}  right.csv\n".encode())
    put(folder, f"{PLACE}/wrong.csv.SHA256", f"SHA256 (wrong.csv) = {sha256(b'other bytes')}\n".encode())
    put(folder, f"{PLACE}/none.csv.sha256", b"to follow\n")
    assert figures(drops.look_twice()) == (3, 1, 2, 0)
    assert drops.submissions() == [expected(f"{PLACE}/right.csv", right.read_bytes())]
    told = drops.refusals()
    assert told[f"{PLACE}/wrong.csv"] == (
        f"The .sha256 file beside it says {sha256(b'other bytes')[:12]}..., and the file has "
        f"{sha256(wrong.read_bytes())[:12]}... Put the file there again, or the right checksum."
    )
    assert told[f"{PLACE}/none.csv"].startswith("The .sha256 file beside it holds no SHA-256 checksum.")
    assert figures(drops.look_twice()) == (3, 0, 0, 0)
    put(folder, f"{PLACE}/wrong.csv.SHA256", sha256(wrong.read_bytes()).encode())
    (folder / PLACE / "none.csv.sha256").unlink()
    assert figures(drops.look_twice()) == (3, 2, 0, 0)
    assert {row[5] for row in drops.submissions()} == {sha256(file.read_bytes()) for file in (right, wrong, none)}


def test_what_cannot_be_is_refused_in_words_once_and_holds_up_nothing(desk: Desk, folder: Path) -> None:
    drops = Drops.at(desk, folder, max_file_mb=1)
    for path in (
        "PCH001/lists/2026-04/a.csv", "PCH001/registered_list/2026-13/a.csv", "PCH001/registered_list/2024-12/a.csv",
        "PCH009/registered_list/2026-04/a.csv", "PCH001/a.csv", "READ ME.txt", f"{PLACE}/deeper/a.csv",
        "PCH001/PCH002.registered_list.2026-04.csv",
    ):  # fmt: skip
        put(folder, path)
    put(folder, f"{PLACE}/large.csv", bytes((1 << 20) + 1))
    put(folder, "PCH002/registered_list/2026-04/good.csv")
    assert figures(drops.look_twice()) == (10, 1, 9, 0)
    assert [row[:4] for row in drops.submissions()] == [("PCH002", "registered_list", "2026-04", "good.csv")]
    told = drops.refusals()
    assert told["PCH001/lists/2026-04/a.csv"].startswith(
        "There is no feed 'lists'. The feeds are: clinical_indicators,"
    )
    assert told["PCH001/registered_list/2026-13/a.csv"].startswith("'2026-13' is not a period.")
    assert told["PCH001/registered_list/2024-12/a.csv"].startswith(
        "2024-12 is outside the programme, which collects from"
    )
    assert told["PCH009/registered_list/2026-04/a.csv"].startswith("There is no site 'PCH009' in the register.")
    assert told[f"{PLACE}/large.csv"] == "The file is larger than 1 MB. Was it meant for this feed?"
    strays = ["PCH001/PCH002.registered_list.2026-04.csv", "PCH001/a.csv", f"{PLACE}/deeper/a.csv", "READ ME.txt"]
    assert sorted(p for p, why in told.items() if why.startswith("Nothing says which site, feed and month")) == strays
    assert figures(drops.look_twice()) == (10, 0, 0, 0)
    assert drops.desk.value("select count(*) from ops.dropped_file") == 10


def test_a_refusal_holds_as_long_as_its_reason(drops: Drops, folder: Path) -> None:
    put(folder, "PCH009/registered_list/2026-04/a.csv")
    assert figures(drops.look_twice()) == (1, 0, 1, 0)
    drops.desk.register(SITES | {"PCH009": ["Z81001"]})
    assert figures(drops.look_twice()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected("PCH009/registered_list/2026-04/a.csv")]


def test_nothing_outside_the_source_is_read_and_names_are_data(drops: Drops, folder: Path, tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/registered_list/2026-04/secret.csv", b"not for you")
    put(folder, f"{PLACE}/good.csv")
    (folder / PLACE / "link.csv").symlink_to(outside)
    (folder / "PCH002").symlink_to(tmp_path / "outside")
    (folder / "PCH003").mkdir()
    (folder / "PCH003/registered_list").symlink_to(outside.parent.parent)
    os.mkfifo(folder / PLACE / "pipe.csv")
    names = [
        "'; drop table ops.submission; --.csv", "{{ 7 * 7 }} %s.csv", "two\nlines\x1b[31m.csv", "=cmd|'x'!A1.csv",
        "b\\..\\..\\a.csv", "x" * 250 + ".csv",
    ]  # fmt: skip
    for name in names:
        put(folder, f"{PLACE}/{name}", name.encode())
    put(folder, f"{PLACE}/{os.fsdecode(b'caf%c.csv' % 0xE9)}", b"cp1252")
    assert figures(drops.look_twice()) == (8, 8, 0, 0)
    held = {row[5] for row in drops.submissions()}
    assert held == {sha256(LIST), sha256(b"cp1252")} | {sha256(n.encode()) for n in names}
    assert sha256(outside.read_bytes()) not in held
    assert {row[0] for row in drops.submissions()} == {"PCH001"}
    known = {path for (path,) in drops.desk.rows("select file_path from ops.dropped_file")}
    assert f"{PLACE}/caf\\xe9.csv" in known
    assert f"{PLACE}/two\nlines\x1b[31m.csv" in known
    assert "two?lines?[31m.csv" in {row[3] for row in drops.submissions()}
    assert outside.read_bytes() == b"not for you"


def test_a_folder_swapped_for_a_link_after_the_listing_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    put(folder, f"{PLACE}/a.csv")
    put(tmp_path, "outside/2026-04/a.csv", LIST)  # the same name, size and time
    source = Folder(str(folder))
    [found] = source.list_files()
    os.utime(tmp_path / "outside/2026-04/a.csv", (found.modified, found.modified))
    shutil.rmtree(folder / "PCH001/registered_list")
    (folder / "PCH001/registered_list").symlink_to(tmp_path / "outside")
    with pytest.raises(Temporary, match="cannot be read at the moment"), source.reading(found):
        pass
    (folder / "PCH001/registered_list").unlink()
    put(folder, f"{PLACE}/b.csv").rename(folder / "b.csv")
    (folder / PLACE / "a.csv").symlink_to(folder / "b.csv")
    with pytest.raises(Temporary, match="symbolic links"), source.reading(found):
        pass


def test_a_source_that_is_down_and_a_landing_store_that_is_full_hold_up_nothing(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    drops = Drops.at(desk, tmp_path / "gone", folder, "ftp://example/x", "sftp://pch:secret@127.0.0.1/x")
    put(folder, f"{PLACE}/a.csv")
    sweep(drops.desk.settings)
    gone, here, ftp, told_all = sweep(drops.desk.settings)
    assert figures(here) == (1, 1, 0, 0)
    assert (gone.is_down, gone.problems) == (
        True, [f"The drop folder {tmp_path / 'gone'} cannot be looked at (it is not there)."]
    )  # fmt: skip
    assert ftp.problems == ["A drop folder is a path, s3://bucket/prefix or sftp://user@host/path, not ftp://."]
    assert told_all.problems[0].startswith("The setting PCH_DROP_URLS holds a password for sftp://pch@127.0.0.1/x.")
    assert "secret" not in repr(told_all)


def test_a_file_waits_while_the_landing_store_is_not_there(desk: Desk, folder: Path, tmp_path: Path) -> None:
    put(tmp_path, "a file", b"")
    put(folder, f"{PLACE}/a.csv")
    broken = Drops.at(desk, folder, landing_url=str(tmp_path / "a file"))
    assert figures(broken.look_twice()) == (1, 0, 0, 1)
    assert broken.waits()[f"{PLACE}/a.csv"].startswith("The landing store could not keep the file")  # type: ignore[union-attr]
    assert broken.submissions() == []
    assert figures(Drops.at(desk, folder).look()) == (1, 1, 0, 0)


def test_two_looks_at_once_receive_each_file_once(drops: Drops, folder: Path) -> None:
    for n in range(40):
        put(folder, f"{PLACE}/{n}.csv", LIST + str(n).encode())
    drops.look()
    with ThreadPoolExecutor(4) as pool:
        looks = [looked for [looked] in pool.map(sweep, [drops.desk.settings] * 4)]
    assert sum(looked.received for looked in looks) == 40
    for looked in looks:
        assert not looked.is_down
        assert looked.problems in ([], [f"Another process is looking at the drop folder {folder} at the moment."])
    assert drops.desk.rows("select count(*), count(distinct sha256), max(attempt) from ops.submission") == [
        (40, 40, 40)
    ]
    assert drops.desk.value("select count(*) from ops.dropped_file") == 40


def test_ten_thousand_old_files_cost_little(drops: Drops, folder: Path) -> None:
    first = put(folder, f"{PLACE}/0.csv")
    drops.look_twice()
    for n in range(10_000):
        (first.parent / f"{n}.csv").write_bytes(b"x")
    found = Folder(str(folder)).list_files()
    drops.desk.owner.cursor().executemany(
        """insert into ops.dropped_file (source, file_path, fingerprint, bytes, sha256, submission_id)
           values (%s, %s, %s, %s, %s, 1)""",
        [(str(folder), f.key, f.state, f.bytes, sha256(b"x")) for f in found],
    )
    put(folder, f"{PLACE}/new.csv", b"new")
    drops.look()
    begun = time.process_time(), time.monotonic()
    assert figures(drops.look()) == (10_001, 1, 0, 0)
    cpu, wall = time.process_time() - begun[0], time.monotonic() - begun[1]
    print(f"a look at 10,001 files: {wall:.2f} s, {cpu:.2f} s of processor time")
    assert cpu < 2


def test_a_site_sees_what_became_of_its_own_files_and_no_other(drops: Drops, folder: Path) -> None:
    put(folder, f"{PLACE}/a.csv")
    put(folder, "PCH002/nowhere.csv")
    put(folder, "nobody.csv")
    drops.look_twice()
    with connect(drops.desk.settings, "door") as conn:
        sees_what = {"PCH001": [f"{PLACE}/a.csv"], "PCH002": ["PCH002/nowhere.csv"], "PCH003": [], "": []}
        for site, sees in sees_what.items():
            conn.execute("select set_config('pch.site', %s, true)", (site,))
            assert [path for (path,) in conn.execute("select file_path from ops.dropped_file")] == sees
