"""Long lists in windows: an opaque cursor that fits one list and its filters, and a next link."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel, Field

from chargehand.api.access import storable
from chargehand.api.problems import ApiProblem, FieldFault
from chargehand.plant.reading import Page

Row = TypeVar("Row")

LIMIT_MAX = 500
MARK_LENGTH = 8

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows in one answer")]
After = Annotated[
    str | None,
    Query(max_length=2_000, description="cursor, as the `next` link of the answer before has it"),
]


class Listing(BaseModel, Generic[Row]):
    """One window of a list."""

    rows: list[Row]
    next: str | None = Field(description="address of the next window; null at the end")


def listing(
    request: Request,
    read: Callable[[str | None, int], Page[Row]],
    *,
    after: str | None,
    limit: int,
) -> Listing[Row]:
    """Read one window of a list at the place that a cursor names.

    Parameters
    ----------
    request
        The request, for its address and filters.
    read
        Reads a window, given the plant's own place in the list and the number of rows.
    after
        The cursor that the client sent.
    limit
        Most rows in the answer.
    """
    mark = _mark(request)
    page = read(_place(after, mark), limit)
    if page.next is None:
        return Listing(rows=list(page.rows), next=None)
    following = request.url.include_query_params(after=_cursor(page.next, mark))
    return Listing(rows=list(page.rows), next=f"{following.path}?{following.query}")


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
