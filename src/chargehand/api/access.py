"""What the routes ask for: the plant, the person who is asking, and text that can be stored.

Every route of ``/v1`` says what it needs, or the app does not start (see permission_table.py):

    from chargehand.api.access import Act, TheCaller, ThePlant, Where, needs

    @router.get("/kits")
    @needs(Act.READ)
    def kits(plant: ThePlant, window: Annotated[KitWindow, Query()]) -> Listing[Kit]: ...

A list with a filter ``site`` is narrowed by the guard before the route runs; a route that finds out
about sites by itself asks ``caller: TheCaller`` with ``caller.may_at(site)``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, Field

from chargehand.api.permission_table import DECIDES, OWN, Caller, Where, need_of, needs
from chargehand.api.problems import ApiProblem
from chargehand.governance.access import Act
from chargehand.governance.authority import Person
from chargehand.plant.plant import Plant

__all__ = [
    "DECIDES",
    "OWN",
    "TEXT_MAX",
    "Act",
    "Caller",
    "Filter",
    "IdempotencyKey",
    "IfMatch",
    "KeyInPath",
    "Name",
    "Sender",
    "TheCaller",
    "ThePlant",
    "Where",
    "bearer",
    "caller_of",
    "needs",
    "plant_of",
    "sender_of",
    "storable",
]

TEXT_MAX = 2_000
"""Longest free text that a person may add (characters)."""

bearer = Security(
    HTTPBearer(auto_error=False, scheme_name="apiKey", description="A key of a person: `chk_...`")
)
"""Documents what `Guard` enforces."""


def plant_of(request: Request) -> Plant:
    """Return the plant that this app serves."""
    plant: Plant = request.app.state.plant
    return plant


def caller_of(request: Request) -> Caller:
    """Return who is asking, as the guard let them through to this very route."""
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):  # a route outside of the guard's reach
        raise ApiProblem("unauthenticated", "No API key was sent.")
    if need_of(request.scope["endpoint"]) is not caller.need:
        raise ApiProblem("not_authorized", "This address was asked for in a way that no route has.")
    return caller


def sender_of(request: Request) -> Person:
    """Return the person behind the request's API key."""
    return caller_of(request).person


def storable(text: str) -> str:
    """Return a text if every database can hold it.

    >>> storable("bay 4")
    'bay 4'
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that is no text (NUL or half of a surrogate pair)")
    return text


ThePlant = Annotated[Plant, Depends(plant_of)]
Sender = Annotated[Person, Depends(sender_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]

_Storable = AfterValidator(storable)
Name = Annotated[str, _Storable]
"""A name in a body, such as a site or a kind of decision."""

Filter = Annotated[
    str | None,
    Field(min_length=1, max_length=200),
    AfterValidator(lambda text: text if text is None else storable(text)),
]
"""An optional filter of a list."""

KeyInPath = Annotated[str, Path(min_length=1, max_length=200), _Storable]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[!-~]+$",
        description="Your own name for this act, new for each new act: sending it again with the"
        " same request answers again what was answered first.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match", max_length=200, description="The ETag of the proposal as you read it."
    ),
]
