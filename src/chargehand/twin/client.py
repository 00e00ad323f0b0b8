"""A small client of Chargehand's own API, as another system would write it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
TIMEOUT_S = 120.0
POLL_S = 0.1
ROWS = 500
REFUSED_FROM = 400


class ApiRefused(Exception):
    """The API answered no, or was not there; the message says what was asked and the answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API as one person (or one system) sees it. Close it."""

    def __init__(self, address: str, key: str) -> None:
        import httpx2

        self._http = httpx2.Client(
            base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT_S
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - any JSON
        """Read a resource, as JSON's own types; raises ``ApiRefused``."""
        return self._asked("GET", path, params=query)

    def post(
        self, path: str, body: object = None, *, key: str = "", version: int | None = None
    ) -> Any:  # noqa: ANN401 - any JSON
        """Act: under an idempotency key, and on the version that was read where there is one."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        content = json.dumps(body if body is not None else {}).encode()
        return self._asked("POST", path, content=content, headers=headers)

    def rows(self, path: str, **query: str | int) -> Iterator[Row]:
        """Every row of a list, window after window."""
        page = self.get(path, limit=ROWS, **query)
        while True:
            yield from page["rows"]
            if page["next"] is None:
                return
            page = self.get(page["next"])

    def _asked(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - any JSON
        import httpx2

        try:
            response = self._http.request(method, path, **request)
        except httpx2.HTTPError as error:
            raise ApiRefused(f"{method} {path}: {error}") from error
        if response.status_code >= REFUSED_FROM:
            because = f"{method} {path}: {response.status_code} {_reason(response.text)}"
            raise ApiRefused(because, response.status_code)
        return response.json()


def _reason(text: str) -> str:
    try:
        problem = json.loads(text)
    except ValueError:
        return text[:200]
    if isinstance(problem, Mapping):
        return str(problem.get("detail") or problem.get("title") or problem)[:500]
    return str(problem)[:500]


def wait_for(look: Callable[[], T | None], *, within_s: float) -> T | None:
    """Look again and again until something is there; None after that time (seconds)."""
    until = time.monotonic() + within_s
    while True:
        if (found := look()) is not None:
            return found
        if time.monotonic() > until:
            return None
        time.sleep(POLL_S)
