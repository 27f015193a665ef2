"""The API's description: complete, what a client is made from, and what the door keeps to."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from front import Door
from jsonschema import Draft202012Validator
from rough import HEADER, LIST

from pch.door.problems import KINDS

TOOLS = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def description(door: Door) -> dict[str, Any]:
    return httpx.get(f"{door.url}/openapi.json", trust_env=False).raise_for_status().json()


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {o["operationId"]: o for path in description["paths"].values() for o in path.values()}


def test_every_operation_is_described_with_its_problems(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    found = operations(description)
    assert set(found) == {
        "put_file", "put_nil", "calendar", "get_return", "get_submission", "get_findings", "get_file", "list_feeds",
        "get_feed", "me", "sites", "is_open",
    }  # fmt: skip
    told = set()
    for name, operation in found.items():
        assert operation["summary"] and operation["description"], name
        assert ("security" in operation) == (name != "is_open")
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if status >= "400":
                problem = answer["content"]["application/problem+json"]
                assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert {e["value"]["status"] for e in problem["examples"].values()} == {int(status)}
                told |= set(problem["examples"])
                assert len(answer["content"]) == 1, (name, status)
    assert told == set(KINDS) - {"no-such-method"}
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_every_field_and_parameter_has_its_words(description: dict[str, Any]) -> None:
    for name, operation in operations(description).items():
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
    assert {s["type"] for s in description["components"]["securitySchemes"].values()} == {"http"}
    for name, schema in description["components"]["schemas"].items():
        assert schema.get("description"), name


def test_every_schema_is_one(description: dict[str, Any]) -> None:
    for schema in description["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_description_is_valid(door: Door) -> None:
    validate = pytest.importorskip("openapi_spec_validator", reason="not among the packages of this environment")
    validate.validate_url(f"{door.url}/openapi.json")


def test_a_client_made_from_it_pushes_a_file(door: Door, tmp_path: Path) -> None:
    client = a_client(door, tmp_path)
    models = importlib.import_module("made_client.models")
    put_file = importlib.import_module("made_client.api.returns.put_file")
    get_findings = importlib.import_module("made_client.api.submissions.get_findings")
    types = importlib.import_module("made_client.types")
    mine = client.AuthenticatedClient(base_url=door.url, token=door.key("PCH001"), httpx_args={"trust_env": False})
    bad = types.File(payload=(HEADER + "A81001,nobody,0-4,10\n").encode(), file_name="list.csv")
    first, again = (
        put_file.sync_detailed("PCH001", "registered_list", "2026-04", client=mine, body=bad, idempotency_key='"a-1"')
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert isinstance(first.parsed, models.Pushed)
    assert first.parsed.receipt.to_dict() == again.parsed.receipt.to_dict()
    found = get_findings.sync(first.parsed.receipt.submission_id, client=mine)
    assert isinstance(found, models.Findings)
    other = types.File(payload=LIST.encode())
    refused = put_file.sync("PCH001", "registered_list", "2026-04", client=mine, body=other, idempotency_key='"a-1"')
    assert isinstance(refused, models.Problem)
    assert (refused.status, refused.type_) == (422, "/problems#key-reused")


def a_client(door: Door, folder: Path) -> ModuleType:
    """A package ``made_client`` that openapi-python-client makes from the description of the running door."""
    made = subprocess.run(
        [TOOLS / "openapi-python-client", "generate", "--url", f"{door.url}/openapi.json", "--meta", "none",
         "--output-path", folder / "made_client", "--fail-on-warning"],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("made_client.client")
    finally:
        sys.path.remove(str(folder))


CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth",
)  # fmt: skip


def test_the_door_keeps_to_its_description(door: Door, tmp_path: Path) -> None:
    """schemathesis asks what is allowed and what is not, mostly about a return and a submission that are there: no
    answer that is not described, none of status 500."""
    with door.client("PCH001") as site:
        receipt = site.put("/v1/returns/PCH001/registered_list/2026-05", content=LIST).json()["receipt"]
    there = {
        "site": "PCH001",
        "feed": "registered_list",
        "period": "2026-05",
        "submission_id": receipt["submission_id"],
    }
    (tmp_path / "schemathesis.toml").write_text(
        "[parameters]\n" + "".join(f'"path.{name}" = {json.dumps(value)}\n' for name, value in there.items())
    )
    asked = subprocess.run(
        [TOOLS / "schemathesis", "run", f"{door.url}/openapi.json", "--header",
         f"Authorization: Bearer {door.key('PCH001', is_simulation=True)}", "--checks", ",".join(CHECKS),
         "--phases", "examples,coverage,fuzzing", "--max-examples", "10",
         "--generation-deterministic", "--request-timeout", "60", "--no-color"],
        cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stdout[-8000:]
    answered = dict(
        door.owner.execute("select detail ->> 'outcome', count(*) from ops.audit where action = 'access' group by 1")
    )
    assert answered["answered"] > 50 and len(answered) > 4  # it got in, and was refused in several ways
