"""Whose process is whose: ours are found even as orphans, and a stranger is never among them.

Nothing here signals what ``members`` finds before it was compared with what the test itself started.
"""

import os
import sys
from pathlib import Path

import psutil
import pytest

from pch.local.processes import Component, kill, stop, wait_until

FAMILY = """
import ctypes, os, time
from setproctitle import setproctitle
if os.fork() == 0:                              # a child that leaves the group
    os.setpgid(0, 0)
    time.sleep(60)
if os.fork() == 0:                              # one that hides, as a LocalExecutor worker does
    setproctitle("airflow worker -- LocalExecutor: <idle>")
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    time.sleep(60)
time.sleep(60)
"""


@pytest.fixture
def component(tmp_path: Path) -> Component:
    return Component("scheduler", tmp_path)


def pids(component: Component) -> set[int]:
    return {each.pid for each in component.members()}


@pytest.mark.parametrize("content", [None, "", "x", "-1", "0", "1", "999999999"])
def test_without_a_true_pid_file_nobody_is_ours(component: Component, content: str | None) -> None:
    component.pid_file.parent.mkdir()
    if content is not None:
        component.pid_file.write_text(content)
    assert component.leader() is None
    assert component.members() == []


def test_a_strangers_number_in_the_pid_file_makes_nobody_ours(component: Component) -> None:
    component.pid_file.parent.mkdir()
    for process in psutil.process_iter():
        component.pid_file.write_text(str(process.pid))
        assert component.leader() is None
        assert component.members() == []


def test_orphans_are_found_and_only_they(component: Component) -> None:
    component.start([sys.executable, "-c", FAMILY], {**os.environ, "SPT_NOENV": "1"})
    leader = component.leader()
    assert leader is not None
    assert wait_until(lambda: len(leader.children()) == 2, 10)
    children = {each.pid for each in leader.children()}
    assert wait_until(lambda: any("LocalExecutor" in "".join(each.cmdline()) for each in leader.children()), 10)
    assert pids(component) == {leader.pid, *children}
    leader.kill()
    assert wait_until(lambda: component.leader() is None, 10)
    assert pids(component) == children
    kill(component.members)
    assert pids(component) == set()


def test_stop_ends_the_family(component: Component) -> None:
    component.start([sys.executable, "-c", FAMILY], {**os.environ, "SPT_NOENV": "1"})
    assert wait_until(lambda: len(component.members()) == 3, 10)
    ours = component.members()
    assert all(str(component.home) == each.environ()["PCH_HOME"] for each in ours if os.geteuid() == 0)
    stop([component], grace_seconds=5)
    assert wait_until(lambda: not any(each.is_running() and each.status() != "zombie" for each in ours), 5)
    assert not component.pid_file.exists()
