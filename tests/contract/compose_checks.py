"""What is wrong with the server's files: a check takes a Stack and yields sentences, none if all is well."""

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from compose_stack import (
    Stack,
    airflow_options,
    commands,
    environment,
    known_to_bash,
    refusal,
    strings,
)

from pch.local.airflow import airflow_environment
from pch.settings import PROJECT, Settings, _Passwords, settings

IMAGE = "pch-progress"
BIN = Path(sys.executable).parent
PROGRAMS = {  # what the official images hold, as far as it is used
    "postgres": {"postgres", "pg_isready"},
    "redis": {"redis-server", "redis-cli", "grep"},
}
ONE_SHOT = {"init", "pch"}
ROLES = frozenset(_Passwords.model_fields)
TASK_ROLES = ROLES - {"postgres", "owner", "airflow", "admin", "door"}
KNOWN_ROLES = {
    "init": ROLES, "pch": ROLES - {"postgres", "door"}, "worker": TASK_ROLES, "triggerer": {"loader"}, "door": {"door"},
}  # fmt: skip
PUBLISHED = {"api-server": "AIRFLOW", "door": "DOOR"}
"""Services with a way out, and whose variables say where on this machine they listen."""
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+):(?P<kind>[-?])(?P<rest>[^}]*)\}|\$\{[^}]*\}|\$\w+")


def schema(stack: Stack) -> Iterator[str]:
    package = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    for error in jsonschema.Draft202012Validator(json.loads(package.read_text())).iter_errors(stack.compose):
        yield f"{error.json_path}: {error.message}"


def variables(stack: Stack) -> Iterator[str]:
    """Compose and its example name the same variables; a secret is required and blank, the rest optional."""
    shown = dict(re.findall(r"^([A-Z]\w*)=(.*)$", stack.example, re.M))
    optional = dict(re.findall(r"^#([A-Z]\w*)=(.*)$", stack.example, re.M))
    named: set[str] = set()
    for text in strings(stack.compose):
        for match in VARIABLE.finditer(text):
            name, kind, rest = match["name"], match["kind"], match["rest"]
            if match[0] == "$$":
                continue
            if kind is None or not rest:
                yield f"{match[0]} would silently be blank: say ${{..:?what to do}} or ${{..:-default}}"
                continue
            named.add(name)
            if kind == "?" and shown.get(name) != "":
                yield f"{name} is required, so the example must show it as {name}="
            if kind == "-" and optional.get(name) != rest:
                yield f"{name} defaults to {rest}, so the example must show it as #{name}={rest}"
    handed = {key for _, key, value in environment(stack) if value is None}
    for service in stack.ours().values():
        handed |= {key for key, value in service["build"].get("args", {}).items() if value is None}
    for name in sorted(handed - set(optional)):
        yield f"{name} is handed through, so the example must show it as #{name}="
    for name in sorted((set(shown) | set(optional)) - named - handed):
        yield f"{name} is in the example and used nowhere"
    for name in sorted(set(optional) & {f"PCH_{field.upper()}" for field in Settings.model_fields}):
        default = Settings.model_fields[name.removeprefix("PCH_").lower()].default
        if optional[name] != str(default):
            yield f"{name} defaults to {default!r} in Settings, the example says {optional[name]!r}"


def our_settings(stack: Stack) -> Iterator[str]:
    known = {f"PCH_{name.upper()}" for name in Settings.model_fields}
    known |= {f"PCH_PASSWORD_{name.upper()}" for name in _Passwords.model_fields}
    for service, key, _ in environment(stack):
        if key.startswith("PCH_") and key not in known:
            yield f"{service}: {key} is no setting of ours"


def options_of_airflow(stack: Stack) -> Iterator[str]:
    for service, key, _ in environment(stack):
        if key.startswith("AIRFLOW__") and key not in airflow_options():
            yield f"{service}: {key} is no option of this Airflow"


def same_as_embedded(stack: Stack) -> Iterator[str]:
    """What the embedded stack decides for Airflow's scheduling holds on a server too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCH_PASSWORD_AIRFLOW", "x")
        embedded = airflow_environment(settings())
    server = stack.services["scheduler"]["environment"]
    for key, value in embedded.items():
        shared = key.startswith("AIRFLOW__SCHEDULER__") or key.endswith(
            ("_CREATION", "_EXAMPLES", "_CALLABLE", "_LEVELS")
        )
        if shared and str(server.get(key)) != value:
            yield f"{key} is {value} on the embedded stack and {server.get(key)} on a server"


def declared(stack: Stack) -> Iterator[str]:
    """Volumes and networks: what is used is declared, what is declared is used."""
    for kind in ("volumes", "networks"):
        used = {item.split(":")[0] for s in stack.services.values() for item in s.get(kind, [])}
        for name in sorted(used ^ set(stack.compose[kind])):
            yield f"{kind}: {name} is {'not declared' if name in used else 'not used'}"


def programs(stack: Stack) -> Iterator[str]:
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]
    for service, argv in commands(stack):
        program = argv[0]
        if service in PROGRAMS:
            if program not in PROGRAMS[service] | {"sh"}:
                yield f"{service}: its image has no program {program}"
        elif program in ("bash", "sh") or known_to_bash(program):
            continue
        elif program not in scripts and not (BIN / program).is_file():
            yield f"{service}: no program {program}"
        elif program in ("airflow", "celery", "pch") and (said := refusal(argv)):
            yield f"{service}: {shlex.join(argv)}: {said}"
        elif program == "python":
            try:
                compile(argv[argv.index("-c") + 1], "healthcheck", "exec")
            except SyntaxError as error:
                yield f"{service}: {error}"


def ports(stack: Stack) -> Iterator[str]:
    """Only Airflow's web address and the front door, on this machine unless told otherwise, to the port they have."""
    command = stack.services["api-server"]["command"]
    listens = {
        "api-server": command[command.index("--port") + 1],
        "door": stack.services["door"]["environment"].get("PCH_DOOR_PORT"),
    }
    for name, service in stack.services.items():
        for port in service.get("ports", []):
            if not port.startswith(f"${{{PUBLISHED.get(name)}_BIND_ADDRESS:-127.0.0.1}}:"):
                yield f"{name} publishes {port}"
            elif not port.endswith(f":{listens[name]}"):
                yield f"{name} publishes {port}, but listens on {listens[name]}"
        if service.get("network_mode") or service.get("privileged"):
            yield f"{name} is not kept apart from the machine"
        if "outside" in service.get("networks", ["outside"]) and name not in PUBLISHED:
            yield f"{name} can reach the outside"
    if not (stack.compose["networks"].get("inside") or {}).get("internal"):
        yield "the network inside is open to the outside"


def secrets(stack: Stack) -> Iterator[str]:
    """No secret is written down: not as a value, not in an address, not in a command."""
    secret = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|_KEY$|REDISCLI_AUTH")
    for service, key, value in environment(stack):
        text = "" if value is None else str(value)
        literal = VARIABLE.sub(lambda match: "" if match["kind"] == "?" else match[0], text)
        if secret.search(key) and literal:
            yield f"{service}: {key} is written down"
        if re.search(r"://[^/@]*:[^/@]+@", literal):
            yield f"{service}: {key} holds a password"
    for name, service in stack.services.items():
        if re.search(r"--(requirepass|password)[ =](?!\$)", " ".join(service.get("command", []))):
            yield f"{name}: a password in its command"


def passwords(stack: Stack) -> Iterator[str]:
    """Each service is given the passwords of the roles it works as and no other; no secrets.json is there. What stands
    at the front door, open to the outside, knows nothing of Airflow."""
    for key in stack.services["door"]["environment"]:
        if key.startswith("AIRFLOW"):
            yield f"door should not know {key}"
    for name, service in stack.services.items():
        given = {key for key in service["environment"] if key.startswith("PCH_PASSWORD_")}
        for key in sorted(given ^ {f"PCH_PASSWORD_{role.upper()}" for role in KNOWN_ROLES.get(name, ())}):
            yield f"{name} {'should not know' if key in given else 'is not given'} {key}"


def dbt_profile(stack: Stack) -> Iterator[str]:
    """What dbt's profile reads from the environment is there where dbt runs."""
    profile = (PROJECT / "dbt_project" / "profiles.yml").read_text()
    for name in re.findall(r"env_var\('(\w+)'\)", profile):
        if stack.services["worker"]["environment"].get(name) is None:
            yield f"worker is not given {name}, which dbt's profile reads"


def one_image(stack: Stack) -> Iterator[str]:
    builds = {json.dumps(service.get("build"), sort_keys=True) for service in stack.ours().values()}
    if len(builds) != 1:
        yield "our services are built in different ways"
    for name, service in stack.ours().items():
        if service["image"] != IMAGE:
            yield f"{name} runs {service['image']}, not {IMAGE}"


def order_and_health(stack: Stack) -> Iterator[str]:
    for name, service in stack.services.items():
        lasting = name not in ONE_SHOT
        if service.get("restart") != ("unless-stopped" if lasting else "no"):
            yield f"{name}: restart is {service.get('restart')}"
        if lasting != ("healthcheck" in service):
            yield f"{name}: {'no health check' if lasting else 'a health check nobody waits for'}"
        if not service.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory"):
            yield f"{name}: no limit to its memory"
        for needed, how in service.get("depends_on", {}).items():
            right = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            if how["condition"] != right:
                yield f"{name} waits for {needed} to be {how['condition']}, not {right}"
        if name in stack.ours() and lasting and "init" not in service["depends_on"]:
            yield f"{name} does not wait for init"


def image(stack: Stack) -> Iterator[str]:
    """What the Dockerfile copies exists and reaches the build; arguments and folders match Compose's."""
    kept = set(re.findall(r"^!(\S+)$", stack.dockerignore, re.M))
    sources = [
        source
        for words in re.findall(r"^COPY (?!--from)(.+)$", stack.dockerfile, re.M)
        for source in words.split()[:-1]
    ]
    for source in sources:
        if not (PROJECT / source).exists():
            yield f"COPY {source}: no such path"
        if source not in kept:
            yield f"COPY {source}: .dockerignore leaves it out"
    for name in sorted(kept - set(sources)):
        yield f".dockerignore lets {name} in, nothing copies it"
    if "*" not in stack.dockerignore.splitlines():
        yield ".dockerignore lets everything in"
    declared_args = set(re.findall(r"^ARG (\w+)", stack.dockerfile, re.M))
    given = {arg for service in stack.ours().values() for arg in service["build"].get("args", {})}
    for name in sorted(given ^ declared_args):
        yield f"build argument {name} is {'not declared' if name in given else 'never given'}"
    users = re.findall(r"^USER (\S+)$", stack.dockerfile, re.M)
    if not users or users[-1] in ("root", "0"):
        yield "the image runs as root"
    made = re.findall(r"install -d -o pch -g pch (.+?)(?: \\)?$", stack.dockerfile, re.M)
    folders = {folder for line in made for folder in line.split()}
    for name, service in stack.ours().items():
        for mount in service["volumes"]:
            if mount.split(":")[1] not in folders:
                yield f"{name}: {mount}: the image does not make that folder for its user"
    if "--require-hashes" not in stack.dockerfile or "PYTHONDONTWRITEBYTECODE" in stack.dockerfile:
        yield "the libraries are installed without hashes or without bytecode"


Check = Callable[[Stack], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    schema,
    variables,
    our_settings,
    options_of_airflow,
    same_as_embedded,
    declared,
    programs,
    ports,
    secrets,
    passwords,
    dbt_profile,
    one_image,
    order_and_health,
    image,
)
