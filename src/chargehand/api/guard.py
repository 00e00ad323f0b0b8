"""The gate before every route of ``/v1``: who asks, how often, for what, and how much is sent.

It stands before routing and knows every route's need, so that a new route cannot forget it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from chargehand.api.entitled import at, entitled, narrowed
from chargehand.api.permission_table import Where, door_of
from chargehand.api.problems import ApiProblem
from chargehand.api.rate import Buckets, Taken, address_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from chargehand.api.permission_table import Caller, Door
    from chargehand.plant.people import Bearer
    from chargehand.plant.plant import Plant

BODY_BYTES_MAX = 10 * 1024 * 1024
API_PREFIX = "/v1"
PARTS_OF_KEY = 3


class Guard:
    """Lets a request through to the API with its caller known and its body read, or answers it.

    Parameters
    ----------
    app
        What stands behind.
    plant
        Knows keys, people, their rights and where things stand.
    table
        Every route with its need.
    keys, strangers
        How often each key may ask, and how often an address may fail.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        plant: Plant,
        table: tuple[Door, ...],
        keys: Buckets,
        strangers: Buckets,
    ) -> None:
        self._app = app
        self._plant = plant
        self._table = table
        self._keys = keys
        self._strangers = strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http" or not _is_guarded(scope):
            await self._app(scope, receive, send)
            return
        try:
            bearer = await self._bearer(scope)
            taken = self._keys.take(bearer.prefix)
            if not taken.passed:
                raise taken.problem("This key asks too often")
            send = _counting(send, taken)
            caller, narrow = await run_in_threadpool(self._entitled, scope, bearer)
            received = await _whole_body(Headers(scope=scope), receive)
            if received is not None and caller is not None and caller.need.site is Where.BODY:
                _check_body(caller, self._plant, received)
        except ApiProblem as problem:
            await problem.response()(scope, receive, send)
            return
        if received is None:
            return
        if caller is not None:
            scope.setdefault("state", {})["caller"] = caller
            scope["query_string"] = narrow
        await self._app(scope, _replayed(received, receive), send)

    async def _bearer(self, scope: Scope) -> Bearer:
        scheme, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
        secret, address = secret.strip(), address_of(scope)
        if not self._strangers.left(address).passed and _prefix(secret) not in self._keys:
            raise self._strangers.take(address).problem("Too many requests without a good key")
        bearer = None
        if scheme.lower() == "bearer" and secret:
            bearer = await run_in_threadpool(self._plant.bearer, secret)
        if bearer is not None and bearer.person.active:
            return bearer
        taken = self._strangers.take(address)
        if not taken.passed:
            raise taken.problem("Too many requests without a good key")
        was_sent = scheme.lower() == "bearer" and secret
        raise _unauthenticated(
            "This API key is unknown, expired or revoked." if was_sent else "No API key was sent."
        )

    def _entitled(self, scope: Scope, bearer: Bearer) -> tuple[Caller | None, bytes]:
        """Who asks, as entitled, and the query narrowed to their sites; None: there is no route."""
        method, query = scope["method"], scope["query_string"]
        found = door_of(self._table, method, _path(scope))
        if found is None:
            return None, query
        door, path = found
        caller = entitled(self._plant, bearer, door.need, method)
        return caller, narrowed(caller, self._plant, path, query.decode("latin-1")).encode(
            "latin-1"
        )


def _unauthenticated(detail: str) -> ApiProblem:
    return ApiProblem("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def _is_guarded(scope: Scope) -> bool:
    path = _path(scope)
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


def _path(scope: Scope) -> str:
    """The path below the one that the server is mounted at, as routes see it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if path == root or path.startswith(f"{root}/") else path


def _prefix(secret: str) -> str:
    parts = secret.split("_", PARTS_OF_KEY - 1)
    return parts[1] if len(parts) == PARTS_OF_KEY else ""


def _counting(send: Send, taken: Taken) -> Send:
    """Say on the answer how often this key may still ask."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in taken.headers().items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _check_body(caller: Caller, plant: Plant, body: bytes) -> None:
    """Refuse a body about a site that is not the caller's; what is no JSON object is the route's.

    Raises `ApiProblem`.
    """
    try:
        said = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return
    site = said.get("site") if isinstance(said, dict) else None
    if site is None or isinstance(site, str):
        at(caller, plant, site)


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
