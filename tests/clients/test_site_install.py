"""What a site installs: a wheel, its few libraries at the locked versions, and a real check and push from there.

wheel (hatchling) -> a virtual environment of its own, outside the checkout -> pch check, pch push --to a real door
"""

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fresh import fresh_warehouse

from pch.settings import PROJECT, Settings

sys.path.append(str(Path(__file__).parents[1] / "door"))
from front import Door, a_port, open_door, register

OF_CENTRE = re.compile(r"apache.airflow.*|dbt.*|psycopg.*|fastapi|celery|sqlalchemy|paramiko|s3fs")
HEAVY = {"great_expectations", "airflow", "dbt", "pandas", "psycopg", "scipy", "sqlalchemy"}
APRIL = ("--feed", "registered_list", "--period", "2026-04")


@dataclass
class Machine:
    """A practice manager's: its environment, and a folder to work in, which is no checkout."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    def install(self, what: str) -> None:
        #  The lock's versions without its hashes: pip would ask for one of our own wheel, too
        locked = re.findall(r"^[^\s#]+==[^\\\n]+", (PROJECT / "requirements.lock").read_text(), re.MULTILINE)
        (self.folder / "constraints.txt").write_text("\n".join(locked) + "\n")
        command = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--only-binary",
            ":all:",
            "--constraint",
            "constraints.txt",
            what,
        ]
        subprocess.run([self.python, *command], cwd=self.folder, check=True, capture_output=True, timeout=600)

    def packages(self) -> set[str]:
        listed = subprocess.check_output([self.python, "-m", "pip", "list", "--format", "json"], text=True)
        return {package["name"].lower().replace("_", "-") for package in json.loads(listed)}

    def run(self, *arguments: object, code: int = 0, **environment: str) -> str:
        """What ``pch`` printed, as one line of words."""
        done = self.start([self.python.with_name("pch"), *arguments], **environment)
        assert done.returncode == code, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    def start(self, command: list[object], **environment: str) -> "subprocess.CompletedProcess[str]":
        """Nothing of the checkout is in its environment."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("PCH_", "PYTHON", "VIRTUAL_ENV"))}
        mine |= {"HOME": str(self.folder)} | environment
        return subprocess.run(
            [*map(str, command)], cwd=self.folder, env=mine, capture_output=True, text=True, timeout=300, check=False
        )

    def file(self, name: str, *lines: str) -> Path:
        path = self.folder / name
        path.write_text("\n".join(["practice_code,sex,age_band,registered_count", *lines, ""]))
        return path


@dataclass
class Installed:
    """``bare``: what a check said, and what was installed, before Great Expectations came."""

    machine: Machine
    bare_packages: set[str]
    bare_said: str


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    machine = Machine(tmp_path_factory.mktemp("site"))
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    name = subprocess.check_output([sys.executable, "-c", build, str(machine.folder)], cwd=PROJECT, text=True).split()[
        -1
    ]
    venv.create(machine.folder / "venv", with_pip=True)
    machine.install(name)
    negative = machine.file("PCH001.csv", "A81001,female,0-4,-5")
    bare = machine.packages(), machine.run("check", negative, *APRIL)
    machine.install(f"{name}[site]")
    return Installed(machine, *bare)


@pytest.fixture(scope="module")
def door(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    with fresh_warehouse(server, folder) as fresh:
        settings = fresh.model_copy(update={"door_port": a_port(), "home": folder})
        (folder / "secrets.json").write_text((server.home / "secrets.json").read_text())
        register(settings)
        with open_door(settings, folder) as opened:
            yield opened


def test_nothing_of_the_centre_is_installed(installed: Installed) -> None:
    packages = installed.machine.packages()
    assert {"pch-progress", "great-expectations", "pandas", "pyarrow", "httpx"} <= packages
    assert not {p for p in packages if OF_CENTRE.fullmatch(p)}
    assert packages - installed.bare_packages >= {"great-expectations", "pandas"}
    assert len(installed.bare_packages) < 40


def test_a_file_is_checked_without_great_expectations_and_says_what_that_leaves_out(installed: Installed) -> None:
    assert "registered_list of PCH001 for 2026-04: accepted" in installed.bare_said
    left_out = (
        "needs Great Expectations, which is not installed here (pip install 'pch-progress[site]'): "
        "negative patients, implausible patients"
    )
    assert left_out in installed.bare_said


def test_with_it_the_rows_are_judged(installed: Installed) -> None:
    negative = installed.machine.file("PCH001.csv", "A81001,female,0-4,-5")
    said = installed.machine.run("check", negative, *APRIL, code=1)
    assert "rejected" in said and "[negative_patients]" in said and "not installed" not in said


def test_data_of_the_machine_are_in_the_home_folder(installed: Installed) -> None:
    asked = "from pch.settings import Settings; from pch.registry import SUITES; print(Settings().home, SUITES)"
    home, suites = installed.machine.start([installed.machine.python, "-c", asked]).stdout.split()
    assert home == str(installed.machine.folder / ".pch")
    assert Path(suites).is_relative_to(installed.machine.folder / "venv") and (Path(suites) / "history.json").exists()


def test_a_file_is_pushed_from_there(installed: Installed, door: Door) -> None:
    file = installed.machine.file("PCH001.csv", "A81001,female,0-4,5", "A81002,male,0-4,7")
    said = installed.machine.run("push", file, *APRIL, "--to", door.url, PCH_KEY=door.key("PCH001"))
    number = door.value(
        "select submission_id from ops.submission where (site_code, file_name) = ('PCH001', 'PCH001.csv')"
    )
    assert said.startswith(f"submission {number} PCH001 registered_list 2026-04 attempt 1")


def test_what_is_not_used_is_not_imported_where_everything_is_installed(installed: Installed, door: Door) -> None:
    file = installed.machine.file("PCH002.csv", "B81001,female,0-4,5")
    key = {"PCH_KEY": door.key("PCH002")}
    assert not HEAVY & imported(installed.machine, "check", "--help")
    pushed = imported(installed.machine, "push", str(file), *APRIL, "--to", door.url, **key)
    assert not (HEAVY | {"pyarrow", "openpyxl"}) & pushed and "httpx" in pushed
    assert door.value("select count(*) from ops.submission where site_code = 'PCH002'") == 1
    looked = imported(installed.machine, "check", str(file), *APRIL)
    assert {"great_expectations", "pandas"} <= looked and not {"airflow", "dbt", "psycopg"} & looked


def imported(machine: Machine, *arguments: str, **environment: str) -> set[str]:
    """The packages that the command imports, run with everything installed: what Python itself says."""
    done = machine.start([sys.executable, "-X", "importtime", "-m", "pch.cli", *arguments], **environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name.split(".")[0] for name in re.findall(r"^import time:.*\|\s+(\S+)$", done.stderr, re.MULTILINE)}
