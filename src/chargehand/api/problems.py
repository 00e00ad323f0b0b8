"""Every "no" of the API in one form: RFC 9457 problem documents with stable codes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from chargehand.plant.fault import PlantFault
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

PROBLEM_JSON = "application/problem+json"

STATUS_OF: Mapping[RefusalCode, int] = {
    RefusalCode.UNREADABLE: 422,
    RefusalCode.KEY_REUSED: 422,
    RefusalCode.UNKNOWN_MATERIAL: 404,
    RefusalCode.UNKNOWN_DECISION: 404,
    RefusalCode.UNKNOWN_SITE: 404,
    RefusalCode.UNKNOWN_LOCATION: 404,
    RefusalCode.UNKNOWN_SUPPLIER: 404,
    RefusalCode.UNKNOWN_ASSET: 404,
    RefusalCode.UNKNOWN_LOT: 404,
    RefusalCode.UNKNOWN_ORDER: 404,
    RefusalCode.UNKNOWN_HANDLING_UNIT: 404,
    RefusalCode.UNKNOWN_HOLD: 404,
    RefusalCode.UNKNOWN_RESERVATION: 404,
    RefusalCode.UNKNOWN_MOVEMENT: 404,
    RefusalCode.HOLD_INVALID: 422,
    RefusalCode.RESERVATION_INVALID: 422,
    RefusalCode.CORRECTION_TOO_LARGE: 422,
    RefusalCode.SIGNATURE_MISSING: 422,
    RefusalCode.UNIT_MISMATCH: 422,
    RefusalCode.CONVERSION_INEXACT: 422,
    RefusalCode.CONVERSION_AMBIGUOUS: 422,
    RefusalCode.UNBALANCED: 422,
    RefusalCode.QUANTITY_INVALID: 422,
    RefusalCode.MOMENT_INVALID: 422,
    RefusalCode.SNAPSHOT_INVALID: 422,
    RefusalCode.READ_ONLY: 403,
    RefusalCode.NOT_AUTHORIZED: 403,
    RefusalCode.SECOND_PERSON_NEEDED: 403,
    RefusalCode.STALE: 412,
    RefusalCode.JUSTIFICATION_MISSING: 422,
    RefusalCode.REASON_MISSING: 422,
    RefusalCode.CHANGE_INVALID: 422,
    RefusalCode.POLICY_INVALID: 422,
    RefusalCode.POLICY_TESTS_FAILED: 422,
    RefusalCode.UNKNOWN_PROPOSAL: 404,
    RefusalCode.UNKNOWN_REQUEST: 404,
    RefusalCode.UNKNOWN_PERSON: 404,
    RefusalCode.UNKNOWN_TASK: 404,
    RefusalCode.UNKNOWN_REVIEW: 404,
    RefusalCode.UNKNOWN_DELEGATION: 404,
    RefusalCode.DELEGATION_INVALID: 422,
    RefusalCode.UNKNOWN_CREDENTIAL: 404,
    RefusalCode.SIGN_IN_FAILED: 403,
    RefusalCode.SIGN_IN_LOCKED: 429,
    RefusalCode.TOO_GUESSABLE: 422,
    RefusalCode.EXTRA_MISSING: 501,
    RefusalCode.UNKNOWN_ENTRY: 404,
}
"""HTTP status of each refusal; those that are not named are about the state of things: 409."""

CONFLICT = 409

OWN_CODES: Mapping[str, tuple[int, str]] = {
    "malformed_json": (400, "Send one JSON text in UTF-8."),
    "malformed_request": (400, "Send the request as the reference describes it."),
    "idempotency_key_missing": (400, "Send an Idempotency-Key header, new for each new act."),
    "unauthenticated": (401, "Send Authorization: Bearer with a key of `chargehand key create`."),
    "site_missing": (400, "Name one of your sites with the parameter `site`."),
    "not_found": (404, "See /openapi.json for the addresses."),
    "method_not_allowed": (405, "See the Allow header."),
    "still_running": (409, "Wait for the first request with this Idempotency-Key, then ask again."),
    "too_large": (413, "Send less at once: at most 10 MiB, and at most 1,000 signals."),
    "unsupported_media_type": (415, "Send Content-Type: application/json."),
    "invalid": (422, "Mend the fields that `errors` names."),
    "idempotency_key_reused": (422, "Take a new Idempotency-Key for another request."),
    "too_many": (429, "Wait as long as Retry-After says, then go on more slowly."),
    "if_match_missing": (428, "Read the proposal, and send its ETag as If-Match."),
    "unavailable": (503, "Try again; if it stays so, run `chargehand doctor`."),
    "internal": (500, "Look into the server's log, and report it."),
}
"""Status and cure of what is no refusal of the plant's but a fault of the request."""


class FieldFault(BaseModel):
    """What is wrong with one field of the request."""

    pointer: str | None = Field(default=None, description="JSON pointer into the body")
    parameter: str | None = Field(default=None, description="query, path or header parameter")
    detail: str


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="stable, relative address of the kind of problem")
    title: str
    status: int
    code: str = Field(description="stable code; a refusal's own where the plant refused")
    detail: str
    transient: bool = Field(description="whether the same request may succeed later")
    errors: list[FieldFault] = Field(default_factory=list)


class ApiProblem(Exception):
    """Raised where a request ends early; answered as a problem document."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        transient: bool = False,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status if status is not None else status_of(code)
        self.problem = Problem(
            type=f"/problems/{code}",
            title=title_of(code),
            status=self.status,
            code=code,
            detail=detail,
            transient=transient,
            errors=list(errors),
        )
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Write it as the answer of a route."""
        body = self.problem.model_dump(mode="json", exclude_none=True)
        # ASCII, so that no character of the request can spoil the answer
        return Response(
            json.dumps(body), self.status, headers=self.headers, media_type=PROBLEM_JSON
        )


def status_of(code: str) -> int:
    """Return the HTTP status of a code, the plant's or our own."""
    if code in OWN_CODES:
        return OWN_CODES[code][0]
    return STATUS_OF.get(RefusalCode(code), CONFLICT)


def title_of(code: str) -> str:
    """Return the words of a code.

    >>> title_of("not_waiting")
    'Not waiting'
    """
    return code.replace("_", " ").capitalize()


def refused(refusal: Refusal) -> ApiProblem:
    """Turn the plant's refusal into a problem with the same code and reason."""
    return ApiProblem(refusal.code.value, refusal.because, transient=refusal.transient)


def answer_problems(app: FastAPI) -> None:
    """Have every error of an app answered as a problem document, without a stack trace."""
    app.add_exception_handler(ApiProblem, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PlantFault, _unavailable)
    app.add_exception_handler(Exception, _internal)


def _own(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return error.response()


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return ApiProblem("malformed_json", "The body is no JSON.").response()
    errors = [_field_fault(fault) for fault in faults]
    what = "; ".join(f"{e.pointer or e.parameter or 'request'}: {e.detail}" for e in errors[:3])
    return ApiProblem("invalid", what, errors=errors).response()


def _field_fault(fault: Mapping[str, object]) -> FieldFault:
    where = fault["loc"]
    assert isinstance(where, tuple)
    place, *path = [str(part).replace("~", "~0").replace("/", "~1") for part in where]
    if place == "body":
        return FieldFault(pointer="#" + "".join(f"/{p}" for p in path), detail=str(fault["msg"]))
    return FieldFault(parameter=".".join(path) or place, detail=str(fault["msg"]))


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}
    code = codes.get(error.status_code, "malformed_request")
    return ApiProblem(
        code, str(error.detail), status=error.status_code, headers=error.headers
    ).response()


def _unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, PlantFault)
    return ApiProblem("unavailable", f"{error}: {error.cure}", transient=True).response()


def _internal(_request: Request, _error: Exception) -> Response:
    return ApiProblem("internal", "The server made a mistake; its log says which.").response()
