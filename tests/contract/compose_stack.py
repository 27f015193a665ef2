"""Reads the server's files for the checks, and asks the installed programs what they would say to them.

docker-compose.yml, Dockerfile, .dockerignore, compose.env.example -> Stack -> environment, commands;
an ``airflow``, ``celery`` or ``pch`` command line -> its own argument parser -> what is wrong, or nothing.
"""

import atexit
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import click.testing
import typer.testing
import yaml
from celery.bin.celery import celery

from pch.settings import PROJECT

FOREIGN = ("postgres", "redis")
"""Services that run an official image; all others are ours."""

ORACLE = """
import contextlib, io, json, os, sys, tempfile

answers, sys.stdout = sys.stdout, sys.stderr
with tempfile.TemporaryDirectory() as os.environ["AIRFLOW_HOME"]:
    from airflow.cli.cli_parser import get_parser
    from airflow.configuration import conf

    def refusal(argv):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            try:
                get_parser().parse_args(argv)
            except SystemExit as end:
                return said.getvalue() if end.code else ""
        return ""

    described = conf.configuration_description
    options = [f"AIRFLOW__{s}__{o}".upper() for s, section in described.items() for o in section["options"]]
    print(json.dumps(options), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(refusal(json.loads(line))), file=answers, flush=True)
"""


@dataclass
class Stack:
    compose: dict[str, Any]
    dockerfile: str
    dockerignore: str
    example: str

    @property
    def services(self) -> dict[str, Any]:
        found: dict[str, Any] = self.compose["services"]
        return found

    def ours(self) -> dict[str, Any]:
        return {name: s for name, s in self.services.items() if name not in FOREIGN}


def read() -> Stack:
    # through JSON, so that a copy shares nothing: YAML anchors would make one change appear in every service
    compose = json.loads(json.dumps(yaml.safe_load((PROJECT / "docker-compose.yml").read_text())))
    names = ("Dockerfile", ".dockerignore", "compose.env.example")
    return Stack(compose, *((PROJECT / name).read_text() for name in names))


def strings(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from strings(child)
    elif isinstance(node, str):
        yield node


def environment(stack: Stack) -> Iterator[tuple[str, str, Any]]:
    """Service, variable, value: of every service, and of the image itself as service ``Dockerfile``."""
    for name, service in stack.services.items():
        for key, value in service.get("environment", {}).items():
            yield name, key, value
    for line in re.findall(r"^ENV (.*?[^\\])$", stack.dockerfile, re.M | re.S):
        for word in shlex.split(line.replace("\\\n", " ")):
            key, _, value = word.partition("=")
            yield "Dockerfile", key, value


def airflow_options() -> frozenset[str]:
    """Every option of the installed Airflow and its providers, as an environment variable."""
    return _airflow()[1]


def refusal(argv: list[str]) -> str:
    """What ``airflow``, ``celery`` or ``pch`` says against a command line; nothing is run."""
    if argv[0] == "airflow":
        process = _airflow()[0]
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(argv[1:]) + "\n")
        process.stdin.flush()
        said: str = json.loads(process.stdout.readline())
        return said
    if argv[0] == "celery":
        result = click.testing.CliRunner().invoke(celery, [*argv[1:], "--help"])
        return result.output if result.exit_code else ""
    from pch.cli import app  # imports much, so only where it is asked for

    answer = typer.testing.CliRunner().invoke(app, [*argv[1:], "--help"])
    return answer.output if answer.exit_code else ""


@cache
def _airflow() -> tuple[subprocess.Popen[str], frozenset[str]]:
    """One Airflow for all questions, in a process and a home of its own: its start takes seconds, and it must
    not meet the settings of this test run. It ends with it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    process = subprocess.Popen(
        [sys.executable, "-c", ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean, text=True
    )
    atexit.register(process.communicate)
    assert process.stdout
    return process, frozenset(json.loads(process.stdout.readline()))


@cache
def known_to_bash(word: str) -> bool:
    kind = subprocess.run(["bash", "-c", 'type -t "$0"', word], capture_output=True, text=True, check=False)
    return kind.stdout.strip() in ("builtin", "keyword")


def commands(stack: Stack) -> Iterator[tuple[str, list[str]]]:
    """Service and argument list of everything a container runs, health checks and shell lines included."""
    for name, service in stack.services.items():
        told = [*service.get("entrypoint", []), *service.get("command", [])]
        test = service.get("healthcheck", {}).get("test", [])
        for words in (told, test[1:] if test[:1] == ["CMD"] else ["sh", "-c", *test[1:]] if test else []):
            words = [word.replace("$$", "$") for word in words]
            if not words:
                continue
            yield name, words
            if words[0] in ("sh", "bash"):
                yield from ((name, line) for line in shell_commands(words[-1]))


def shell_commands(script: str) -> Iterator[list[str]]:
    functions = set(re.findall(r"^\s*(\w+)\(\)", script, re.M))
    for line in script.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for token in [*lexer, ";"]:
            if set(token) <= set(";|&(){}") or (not words and re.fullmatch(r"if|then|else|fi|\w+=.*", token)):
                if words and words[0] not in functions:
                    yield words
                words = []
            else:
                words.append(token)
