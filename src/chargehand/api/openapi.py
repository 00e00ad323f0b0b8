"""The API's description: what FastAPI finds, the signals' schema, and every documented problem."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from chargehand.api.envelopes import SIGNALS_MAX, Envelope
from chargehand.api.guard import API_PREFIX
from chargehand.api.permission_table import Need, Where, doors
from chargehand.api.problems import PROBLEM_JSON, Problem

TITLE = "Chargehand"
REF = "#/components/schemas/{model}"
REQUIRED_HEADERS = frozenset({"Idempotency-Key", "If-Match"})
WHY = {
    "400": "The request cannot be understood.",
    "401": "No API key, or one that is unknown, expired or revoked.",
    "403": "The policy does not let this person do it.",
    "404": "There is no such thing.",
    "409": "It cannot be done as things stand.",
    "412": "The proposal has changed since it was read.",
    "413": "The body is larger than 10 MiB, or holds too many signals.",
    "415": "The body is not declared as JSON.",
    "422": "A field is wrong; `errors` names each.",
    "428": "If-Match is missing.",
    "429": "This key asks too often; `Retry-After` says how long to wait.",
    "501": "It needs a package that is not installed here.",
    "503": "The plant cannot be read now.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an app's routes."""
    document = get_openapi(
        title=TITLE,
        version="1",
        summary="A governed decision layer for manufacturing plants",
        routes=app.routes,
    )
    schemas: dict[str, Any] = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _add(schemas, "Problem", TypeAdapter(Problem).json_schema(ref_template=REF))
    _add(schemas, "Envelope", TypeAdapter(Envelope).json_schema(ref_template=REF))
    needed = {(door.method, _bare(door.path)): door.need for door in doors(app, API_PREFIX)}
    for path, method, operation in _operations(document):
        _document_problems(operation, needed.get((method, path)))
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in REQUIRED_HEADERS:
                parameter["required"] = True
    document["paths"][f"{API_PREFIX}/signals"]["post"]["requestBody"] = _signals_body()
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method.upper(), operation


def _bare(path: str) -> str:
    """A path as OpenAPI writes it, without the kinds of its parameters."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _document_problems(operation: dict[str, Any], need: Need | None) -> None:
    responses = operation["responses"]
    if need is not None:
        operation["x-act"] = str(need.act)
        operation["x-site"] = str(need.site) if isinstance(need.site, Where) else "object"
        responses |= {"401": {}, "403": {}, "429": {}}
        if need.site is Where.FILTER or "requestBody" in operation:
            responses["400"] = {}
        if "requestBody" in operation:
            responses["413"] = {}
    for status in sorted(responses):
        if status in WHY:
            content = {PROBLEM_JSON: {"schema": {"$ref": REF.format(model="Problem")}}}
            responses[status] = {"description": WHY[status], "content": content}
    operation["responses"] = dict(sorted(responses.items()))


def _signals_body() -> dict[str, Any]:
    one = {"$ref": REF.format(model="Envelope")}
    many = {"type": "array", "items": one, "maxItems": SIGNALS_MAX}
    return {"required": True, "content": {"application/json": {"schema": {"anyOf": [one, many]}}}}


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    for part, definition in schema.pop("$defs", {}).items():
        schemas.setdefault(part, definition)
    schemas[name] = schema


def frozen(app: FastAPI) -> str:
    """Return the description as the text of docs/reference/openapi.json."""
    return json.dumps(describe(app), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
