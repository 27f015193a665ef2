"""The server's files say nothing that does not exist: docker-compose.yml, Dockerfile, compose.env.example.

No container engine runs here, so what an engine would find out late is looked up in its source: the Compose
specification's schema, the argument parsers of Airflow, Celery and ``pch``, Airflow's list of options, our
settings, the programs of the virtual environment (the image is installed from the same lock).

    files -> Stack -> checks, each yielding sentences about what is wrong -> none may be left

Every check is proven: ``BROKEN`` spoils a copy of the files and names the sentence that must appear.
"""

import base64
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compose_checks import (
    CHECKS,
    Check,
    dbt_profile,
    declared,
    image,
    one_image,
    options_of_airflow,
    order_and_health,
    our_settings,
    passwords,
    ports,
    programs,
    same_as_embedded,
    schema,
    secrets,
    variables,
)
from compose_stack import Stack, read, refusal

from pch.settings import PROJECT

Change = Callable[[Stack], None]
GONE = object()


def put(path: str, value: object) -> Change:
    """Sets ``services/worker/image`` and the like, or takes it away (GONE)."""

    def change(stack: Stack) -> None:
        *way, last = path.split("/")
        node: Any = stack.compose
        for step in way:
            node = node[int(step) if isinstance(node, list) else step]
        if value is GONE:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = value

    return change


def edit(file: str, old: str, new: str) -> Change:
    def change(stack: Stack) -> None:
        text = getattr(stack, file)
        assert old in text, f"nothing to spoil: {old!r} is not in {file}"
        setattr(stack, file, text.replace(old, new))

    return change


def env(name: str, value: object) -> Change:
    return put(f"services/worker/environment/{name}", value)


SCHEDULER = "services/scheduler/environment"
INIT = "services/init/command/2"
WORKER = "services/worker"
CHECKED = f"{WORKER}/healthcheck/test/1"
BROKEN: dict[str, tuple[Check, Change, str]] = {
    "unknown key": (schema, put(f"{WORKER}/comand", []), "comand"),
    "wrong type": (schema, put(f"{WORKER}/cap_drop", "ALL"), "not of type 'array'"),
    "not in the example": (variables, edit("example", "\nREDIS_PASSWORD=", "\n"), "REDIS_PASSWORD is req"),
    "example has a secret": (variables, edit("example", "JWT_SECRET=", "JWT_SECRET=abc"), "JWT_SECRET"),
    "orphan": (variables, edit("example", "FERNET_KEY=\n", "FERNET_KEY=\nOLD=\n"), "OLD is in the example"),
    "silently blank": (variables, env("X", "${X}"), "${X} would silently be blank"),
    "other form": (variables, env("X", "${X-y}"), "${X-y} would silently be blank"),
    "bare": (variables, env("X", "a$X"), "$X would silently be blank"),
    "other default": (variables, put(f"{WORKER}/shm_size", "${WORKER_MEMORY:-9g}"), "defaults to 9g"),
    "default of ours": (variables, edit("example", "ROWS=400000", "ROWS=4"), "PCH_BATCH_ROWS defaults"),
    "handed, not shown": (variables, env("PCH_HOME", None), "PCH_HOME is handed through"),
    "no setting": (our_settings, env("PCH_DB_HOSTS", "x"), "PCH_DB_HOSTS is no setting"),
    "no role": (our_settings, env("PCH_PASSWORD_X", "x"), "PCH_PASSWORD_X is no setting"),
    "image setting": (our_settings, edit("dockerfile", "PCH_HOME=", "PCH_HOUSE="), "Dockerfile: PCH_HOUSE"),
    "no option": (options_of_airflow, env("AIRFLOW__CELERY__BROKER", "x"), "CELERY__BROKER is"),
    "image option": (options_of_airflow, edit("dockerfile", "DAGS_FOLDER", "DAG_FOLDER"), "DAG_FOLDER is"),
    "drift": (same_as_embedded, put(f"{SCHEDULER}/AIRFLOW__CORE__LOAD_EXAMPLES", "True"), "LOAD_EXAMPLES is"),
    "undeclared volume": (declared, put(f"{WORKER}/volumes/0", "data:/data"), "data is not declared"),
    "unused network": (declared, put("networks/spare", None), "spare is not used"),
    "no program": (programs, put("services/scheduler/command/0", "airflows"), "no program airflows"),
    "no subcommand": (programs, put(f"{WORKER}/command", ["airflow", "celery", "wrk"]), "invalid choice"),
    "no such option": (programs, put("services/triggerer/command", ["airflow", "triggerer", "--x"]), "--x"),
    "health argument": (programs, put("services/triggerer/healthcheck/test/5", "X"), "invalid choice"),
    "shell line": (programs, put(INIT, "true && airflow fab-db upgrade"), "invalid choice"),
    "shell pipe": (programs, put(INIT, "echo a | curl x"), "no program curl"),
    "our command": (programs, put(INIT, "pch db prepear"), "No such command"),
    "celery health": (programs, put(CHECKED, "A=1 celery inspekt ping"), "'inspekt'"),
    "celery option": (programs, put(CHECKED, "celery inspect --dest x ping"), "--dest"),
    "python health": (programs, put("services/api-server/healthcheck/test/3", "import ("), "invalid syntax"),
    "redis health": (programs, put("services/redis/healthcheck/test/1", "curl redis"), "no program curl"),
    "database port": (ports, put("services/postgres/ports", ["5432:5432"]), "postgres publishes"),
    "open to all": (ports, put("services/api-server/ports/0", "8080:8080"), "api-server publishes"),
    "door open to all": (ports, put("services/door/ports/0", "8180:8180"), "door publishes"),
    "door's other port": (ports, put("services/door/environment/PCH_DOOR_PORT", 8181), "but listens on 8181"),
    "other port": (ports, put("services/api-server/command/3", "9090"), "but listens on 9090"),
    "host network": (ports, put(f"{WORKER}/network_mode", "host"), "not kept apart"),
    "way out": (ports, put(f"{WORKER}/networks", ["inside", "outside"]), "can reach the outside"),
    "open network": (ports, put("networks/inside", None), "open to the outside"),
    "literal secret": (secrets, env("AIRFLOW__API__SECRET_KEY", "abc"), "is written down"),
    "default secret": (secrets, env("REDIS_PASSWORD", "${R:-abc}"), "is written down"),
    "secret in address": (secrets, env("X", "redis://:abc@redis"), "holds a password"),
    "superuser": (passwords, env("PCH_PASSWORD_POSTGRES", "${P:?}"), "worker should not know"),
    "too much": (passwords, put(f"{SCHEDULER}/PCH_PASSWORD_DBT", "${P:?}"), "scheduler should not know"),
    "door knows more": (passwords, put("services/door/environment/PCH_PASSWORD_INTAKE", "${P:?}"), "door should not"),
    "door knows Airflow": (passwords, put("services/door/environment/AIRFLOW__X", "x"), "door should not know AIR"),
    "told aloud": (secrets, put("services/redis/command", ["x", "--requirepass", "abc"]), "in its command"),
    "no password": (passwords, env("PCH_PASSWORD_DBT", GONE), "worker is not given"),
    "dbt's database": (dbt_profile, env("PCH_DB_NAME", GONE), "not given PCH_DB_NAME"),
    "two images": (one_image, put(f"{WORKER}/image", "other"), "worker runs other"),
    "two builds": (one_image, put(f"{WORKER}/build/context", "x"), "different ways"),
    "no health": (order_and_health, put(f"{WORKER}/healthcheck", GONE), "no health check"),
    "no restart": (order_and_health, put(f"{WORKER}/restart", "no"), "restart is no"),
    "no limit": (order_and_health, put(f"{WORKER}/deploy", GONE), "no limit to its memory"),
    "too early": (order_and_health, put(f"{WORKER}/depends_on/redis/condition", "x"), "not service_healthy"),
    "never waits": (order_and_health, put(f"{WORKER}/depends_on/init", GONE), "does not wait for init"),
    "no such path": (image, edit("dockerfile", "COPY include", "COPY included"), "no such path"),
    "ignored path": (image, edit("dockerignore", "!dags\n", ""), "COPY dags: .dockerignore leaves it out"),
    "let in for nothing": (image, edit("dockerignore", "!dags", "!dags\n!tests"), "nothing copies it"),
    "nothing ignored": (image, edit("dockerignore", "\n*\n", "\n"), "lets everything in"),
    "no such argument": (image, put(f"{WORKER}/build/args/REGION", "x"), "REGION is not declared"),
    "idle argument": (image, edit("dockerfile", "USER pch", "ARG REST\nUSER pch"), "REST is never"),
    "root": (image, edit("dockerfile", "USER pch", "USER root"), "runs as root"),
    "foreign folder": (image, edit("dockerfile", " /opt/airflow/logs", ""), "does not make"),
    "no hashes": (image, edit("dockerfile", "--require-hashes", ""), "without hashes"),
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong(check: Check) -> None:
    assert list(check(read())) == []


@pytest.mark.parametrize("case", BROKEN)
def test_each_check_finds_what_is_wrong(case: str) -> None:
    check, change, sentence = BROKEN[case]
    stack = read()
    change(stack)
    found = set(check(stack)) - set(check(read()))
    assert any(sentence in each for each in found), found


def test_every_check_is_proven() -> None:
    assert {check for check, _, _ in BROKEN.values()} == set(CHECKS)


def test_the_documented_lines_fill_every_secret(tmp_path: Path) -> None:
    """docs/server.md, run as it is printed: a private file, every secret there and different."""
    script = re.findall(r"```sh\n(.*?)```", (PROJECT / "docs" / "server.md").read_text(), re.S)[0]
    (tmp_path / "compose.env.example").write_text(read().example)
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True, capture_output=True)
    file = tmp_path / ".env"
    assert file.stat().st_mode & 0o077 == 0
    values = dict(re.findall(r"^([A-Z]\w*)=(.*)$", file.read_text(), re.M))
    assert set(values) == set(re.findall(r"^([A-Z]\w*)=$", read().example, re.M))
    assert len(base64.urlsafe_b64decode(values.pop("FERNET_KEY"))) == 32
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{64}", value) for value in values.values())
    assert len(set(values.values())) == len(values) == 14


@pytest.mark.parametrize("bad", ["a@b", "a/b", "a b", "a#b"])
def test_init_refuses_a_password_that_would_break_an_address(bad: str) -> None:
    script = read().services["init"]["command"][-1].replace("$$", "$")
    for name in ("PCH_PASSWORD_AIRFLOW", "REDIS_PASSWORD"):
        env = {"PCH_PASSWORD_AIRFLOW": "good", "REDIS_PASSWORD": "good", name: bad} | {"PATH": os.environ["PATH"]}
        done = subprocess.run(["bash", "-ec", script], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "letters, digits, - and _ only" in done.stderr


def test_the_documented_commands_exist() -> None:
    lines = re.findall(r"docker compose run .*? (pch .*)", (PROJECT / "docs" / "server.md").read_text())
    assert len(lines) == 5
    assert [said for line in lines if (said := refusal(shlex.split(line)))] == []
