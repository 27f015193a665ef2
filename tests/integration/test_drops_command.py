"""``pch drops`` as people and timers run it: what it prints, its memory, and what a kill leaves behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from desk import Desk
from drop_folder import LIST, PLACE, Drops, sha256
from terminal import PCH, Terminal

PEAK = """
from pathlib import Path
from pch.intake.drops import sweep
from pch.settings import settings
received = sum(each.received for each in sweep(settings()))
[peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(received, int(peak) // 1024)
"""


def test_a_look_and_a_list(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "drops" / PLACE
    place.mkdir(parents=True)
    (place / "two\nlines\x1b[31m.csv").write_bytes(LIST)
    (tmp_path / "drops" / "stray.csv").write_bytes(b"?")
    pch = Terminal(Drops.at(desk, tmp_path / "drops", tmp_path / "gone").desk.settings)
    first = pch.run("drops", "sweep", code=1)
    assert first.stdout.splitlines() == [
        f"{tmp_path}/drops: 2 files, 0 received, 0 refused, 2 waiting", f"{tmp_path}/gone: not looked at",
    ]  # fmt: skip
    assert first.stderr == f"  The drop folder {tmp_path}/gone cannot be looked at (it is not there).\n"
    assert pch.json("drops")["waiting"][0]["problem"] is None
    assert pch.json("drops", "sweep", code=1)[0] == {
        "source": f"{tmp_path}/drops", "files": 2, "received": 1, "refused": 1, "waiting": 0, "problems": [],
        "is_down": False,
    }  # fmt: skip
    shown = pch.run("drops").stdout
    assert "\x1b" not in shown
    assert "two?lines?[31m" in shown
    assert "Nothing says which site, feed and month" in " ".join(shown.split())
    listed = pch.json("drops", "--site", "pch001")["settled"]
    assert [(row["file_path"], row["submission_id"], row["sha256"]) for row in listed] == [
        (f"{PLACE}/two\nlines\x1b[31m.csv", 1, sha256(LIST))
    ]


def test_without_a_drop_folder_it_says_so(desk: Desk) -> None:
    assert "No drop folder is set. Name them in PCH_DROP_URLS" in Terminal(desk.settings).says("drops", "sweep")


def test_a_look_that_is_killed_loses_nothing_and_takes_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "drops" / PLACE
    place.mkdir(parents=True)
    for n in range(100):
        (place / f"{n}.csv").write_bytes(LIST + str(n).encode())
    drops = Drops.at(desk, tmp_path / "drops")
    drops.look()
    ours = os.environ | drops.desk.settings.environment()
    process = subprocess.Popen([PCH, "drops", "sweep"], env=ours, stdout=subprocess.DEVNULL)
    while desk.value("select count(*) from ops.submission") < 20:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = desk.value("select count(*) from ops.submission")
    assert before < 100
    while drops.look().problems:  # the database has yet to notice
        time.sleep(0.05)
    assert desk.rows("select count(*), count(distinct sha256) from ops.submission") == [(100, 100)]
    assert desk.rows("select count(*), count(distinct submission_id) from ops.dropped_file") == [(100, 100)]


def test_a_large_file_is_never_in_memory(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "drops" / PLACE
    place.mkdir(parents=True)
    drops = Drops.at(desk, tmp_path / "drops")
    peaks = []
    for name, size in (("small", 1), ("large", 100 << 20)):
        with (place / f"{name}.csv").open("wb") as file:
            file.truncate(size)
        drops.look()
        ours = os.environ | drops.desk.settings.environment()
        done = subprocess.run([sys.executable, "-c", PEAK], env=ours, capture_output=True, text=True, check=True)
        received, peak = done.stdout.split()
        assert received == "1"
        peaks.append(int(peak))
    print(f"memory of a look: {peaks[0]} MB with a file of 1 byte, {peaks[1]} MB with one of 100 MB")
    assert peaks[1] - peaks[0] < 30
