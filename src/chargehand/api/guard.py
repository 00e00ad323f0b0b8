"""The gate before every route of ``/v1``: who is asking, and how much is being sent.

It stands before routing, so that a new route cannot forget it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from chargehand.api.problems import ApiProblem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from chargehand.governance.authority import Person
    from chargehand.plant.plant import Plant

BODY_BYTES_MAX = 10 * 1024 * 1024
API_PREFIX = "/v1"


class Guard:
    """Lets a request through to the API with its sender known and its body read, or answers it."""

    def __init__(self, app: ASGIApp, plant: Plant) -> None:
        self._app = app
        self._plant = plant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http" or not _is_guarded(scope):
            await self._app(scope, receive, send)
            return
        try:
            person = await self._sender(Headers(scope=scope))
            received = await _whole_body(Headers(scope=scope), receive)
        except ApiProblem as problem:
            await problem.response()(scope, receive, send)
            return
        if received is None:
            return
        scope.setdefault("state", {})["person"] = person
        await self._app(scope, _replayed(received, receive), send)

    async def _sender(self, headers: Headers) -> Person:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise _unauthenticated("No API key was sent.")
        person = await run_in_threadpool(self._plant.who, key.strip())
        if person is None or not person.active:
            raise _unauthenticated("This API key is unknown, expired or revoked.")
        return person


def _unauthenticated(detail: str) -> ApiProblem:
    return ApiProblem("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def _is_guarded(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


async def _whole_body(headers: Headers, receive: Receive) -> bytes | None:
    """Read the body up to the limit; None where the client has gone."""
    too_large = ApiProblem("too_large", f"The body is larger than {BODY_BYTES_MAX} bytes.")
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_BYTES_MAX:
        raise too_large
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        parts.append(part)
        length += len(part)
        if length > BODY_BYTES_MAX:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
