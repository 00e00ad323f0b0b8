"""How often somebody may ask: a bucket of tokens for each key, and for each address that fails.

Kept in this process alone: several processes each give the whole rate.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from chargehand.api.problems import ApiProblem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

WINDOW_S = 60
"""A rate is so many in this time (seconds); as many may come at once."""
SIGN_IN = ("/login", "/sign-in")
"""Where the console lets people sign in; a plain look at the page is no try."""
SECRETS = (b"token=", b"code=", b"state=")
"""What an address that brings a secret holds."""
NAMES_MAX = 10_000
"""Buckets that are kept at most; the one that was used longest ago goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of asking for a token."""

    passed: bool
    limit: int
    remaining: int
    wait_s: int
    """Until the next token (seconds, rounded up); 0 while there are any."""

    def headers(self) -> dict[str, str]:
        """Say it in the fields of the IETF's draft on rate limits."""
        policy = f'"default";q={self.limit};w={WINDOW_S}'
        now = f'"default";r={self.remaining};t={self.wait_s}'
        return {"RateLimit-Policy": policy, "RateLimit": now}

    def problem(self, what: str) -> ApiProblem:
        """The answer to whom there was no token for."""
        headers = {"Retry-After": str(max(1, self.wait_s)), **self.headers()}
        detail = f"{what}: at most {self.limit} in a minute."
        return ApiProblem("too_many", detail, transient=True, headers=headers)


class Buckets:
    """A bucket of tokens for each name; safe to use from many threads."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = per_minute
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Tokens, and when that was so, by name."""

    def __contains__(self, name: str) -> bool:
        """Whether a name asked not long ago."""
        return name in self._kept

    def take(self, name: str) -> Taken:
        """Take a token of a name, if there is one."""
        return self._look(name, 1)

    def left(self, name: str) -> Taken:
        """Say whether there is a token for a name, and take none."""
        return self._look(name, 0)

    def _look(self, name: str, cost: int) -> Taken:
        now, per_second = self._clock(), self._limit / WINDOW_S
        with self._lock:
            tokens, since = self._kept.pop(name, (float(self._limit), now))
            tokens = min(float(self._limit), tokens + (now - since) * per_second)
            passed = tokens >= 1
            if passed:
                tokens -= cost
            if cost:
                self._kept[name] = (tokens, now)
                if len(self._kept) > NAMES_MAX:
                    self._kept.popitem(last=False)
            elif tokens < self._limit:
                self._kept[name] = (tokens, now)
        wait = 0 if tokens >= 1 else math.ceil((1 - tokens) / per_second)
        return Taken(passed=passed, limit=self._limit, remaining=int(tokens), wait_s=wait)


class SignInRate:
    """Answers an address that tries to sign in too often, before any secret of it is looked at."""

    def __init__(self, app: ASGIApp, *, strangers: Buckets) -> None:
        self._app = app
        self._strangers = strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] == "http" and _is_try(scope):
            taken = self._strangers.take(address_of(scope))
            if not taken.passed:
                problem = taken.problem("Too many tries to sign in")
                text = f"Too many tries to sign in. Wait {problem.headers['Retry-After']} seconds."
                answer = PlainTextResponse(text, problem.status, headers=problem.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """The address that a request comes from, as the server knows it."""
    client = scope.get("client")
    return "" if client is None else str(client[0])


def _is_try(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))
    is_there = any(path == one or path.startswith(f"{one}/") for one in SIGN_IN)
    is_secret = any(mark in scope["query_string"] for mark in SECRETS)
    return is_there and (scope["method"] == "POST" or is_secret)
