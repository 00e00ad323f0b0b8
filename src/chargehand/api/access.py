"""What the routes ask for: the plant, the person who is asking, and text that can be stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, Field

from chargehand.api.problems import ApiProblem
from chargehand.governance.authority import Person
from chargehand.plant.plant import Plant

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


def sender_of(request: Request) -> Person:
    """Return the person behind the request's API key."""
    person = getattr(request.state, "person", None)
    if not isinstance(person, Person):  # a route outside of the guard's reach
        raise ApiProblem("unauthenticated", "No API key was sent.")
    return person


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
