"""Long lists in windows: an opaque cursor that fits one list and its filters, and a next link."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import storable
from chargehand.api.problems import ApiProblem, FieldFault
from chargehand.plant.reading import Page

Row = TypeVar("Row")

LIMIT_MAX = 500
MARK_LENGTH = 8


class Window(BaseModel):
    """Which part of a list is asked for; lists add their filters. A misspelt filter is an error."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(
        default=None,
        max_length=2_000,
        description="cursor, as the `next` link of the answer before has it",
    )
    limit: int = Field(default=100, ge=1, le=LIMIT_MAX, description="rows in one answer")


class Listing(BaseModel, Generic[Row]):
    """One window of a list."""

    rows: list[Row]
    next: str | None = Field(description="address of the next window; null at the end")


def listing(
    request: Request, window: Window, read: Callable[[str | None, int], Page[Row]]
) -> Listing[Row]:
    """Read one window of a list at the place that its cursor names.

    Parameters
    ----------
    request
        The request, for its address and filters.
    window
        The cursor that the client sent, and the most rows in the answer.
    read
        Reads a window, given the plant's own place in the list and the number of rows.
    """
    once_each(request)
    mark = _mark(request)
    page = read(_place(window.after, mark), window.limit)
    if page.next is None:
        return Listing(rows=list(page.rows), next=None)
    following = request.url.include_query_params(after=_cursor(page.next, mark))
    return Listing(rows=list(page.rows), next=f"{following.path}?{following.query}")


def once_each(request: Request) -> None:
    """Refuse a filter that is given twice, as nobody knows which one was meant."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            fault = FieldFault(parameter=name, detail="is given more than once")
            raise ApiProblem("invalid", f"{name} is given more than once.", errors=[fault])


def _mark(request: Request) -> str:
    """Name the list and its filters, so that a cursor of another list is told apart."""
    asked = sorted((k, v) for k, v in request.query_params.multi_items() if k not in _WINDOW)
    text = json.dumps([request.scope["path"], asked])
    return sha256(text.encode()).hexdigest()[:MARK_LENGTH]


_WINDOW = frozenset({"after", "limit"})


def _cursor(place: str, mark: str) -> str:
    return urlsafe_b64encode(f"{mark}{place}".encode()).decode().rstrip("=")


def _place(cursor: str | None, mark: str) -> str | None:
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = storable(urlsafe_b64decode(padded.encode()).decode())
    except ValueError:
        text = ""
    if not text.startswith(mark) or len(text) == MARK_LENGTH:
        detail = "This cursor is not of this list with these filters: start without `after`."
        raise ApiProblem("invalid", detail, errors=[FieldFault(parameter="after", detail=detail)])
    return text[MARK_LENGTH:]
