"""The API's own description, OpenAPI 3.1, from the routes and models; complete enough to make a client from."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from pch.door.problems import Details

SUMMARY = "185 Primary Care Home sites push monthly files, and hear at once what was wrong."
WORDS = """\
A **return** is what is expected: one site, one feed, one month. A **submission** is what arrived for it; each has a
number, a receipt and, minutes later, a **verdict**. A **finding** is one thing wrong or odd in a submission, with what
to do about it.

Push a file with `PUT /v1/returns/{site}/{feed}/{period}`. Whatever happens to the connection, push it again: the same
bytes get the same receipt. Every error is a problem of RFC 9457 with a sentence in plain words."""


def operation_id(route: APIRoute) -> str:
    """The name of the function, so that a generated client reads well."""
    return route.name


def complete(app: FastAPI) -> None:
    """Completes what FastAPI derives: problems instead of its own validation errors."""
    derived: Callable[[], dict[str, Any]] = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            said = derived()
            schemas = said["components"]["schemas"]
            schemas["Problem"] = Details.model_json_schema(ref_template="#/components/schemas/{model}")
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for operation in (o for path in said["paths"].values() for o in path.values()):
                _mend(operation)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = completed  # type: ignore[method-assign]


def _mend(operation: dict[str, Any]) -> None:
    """What is wrong with a request is a problem here, of status 400; and a parameter may be left out, but not null."""
    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
        del operation["responses"]["422"]
    for schema in (parameter["schema"] for parameter in operation.get("parameters", [])):
        kinds = schema.pop("anyOf", [])
        schema |= next((kind for kind in kinds if kind != {"type": "null"}), {})
