"""What the record can hold: checked on every posted value before it is taken."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, NewType, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from chargehand.api.access import storable
from chargehand.vocabulary.identifier import identifier
from chargehand.vocabulary.quantity import AMOUNT_MAX

WHOLE_MAX = 1_000_000_000
YEARS = range(1970, 2200)
"""Years that moments and days may lie in: others are a clock's or a parser's mistake."""
FINEST = -6
"""Amounts are kept in millionths."""


def _sensible(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError(f"must be in a year from {YEARS[0]} to {YEARS[-1]}")
    return moment


def _as_text(told: object) -> object:
    """A moment is written out: a bare number would be taken for seconds since 1970."""
    if isinstance(told, str) and not any(sign in told for sign in "Tt :"):
        raise ValueError("is no moment: write it as 2026-01-05T06:00:00Z")
    return told


Moment = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_sensible)]
"""A moment with its offset from UTC, in a year that makes sense."""


def checked(value: object, came: object, place: str) -> None:
    """Go through a read value beside what came; `ValueError` names the first fault and its place.

    Parameters
    ----------
    value
        A dataclass that Pydantic built.
    came
        The JSON value that it was built from.
    place
        Where it stands, such as ``body``.
    """
    assert is_dataclass(value)
    assert not isinstance(value, type)
    assert isinstance(came, Mapping)
    hints = _names(type(value))
    if extra := sorted(set(came) - {field.name for field in fields(value)}):
        known = ", ".join(field.name for field in fields(value))
        raise ValueError(f"{place}.{extra[0]}: unknown field; there are {known}")
    for field in fields(value):
        if field.name in came:
            here = f"{place}.{field.name}"
            part = getattr(value, field.name)
            _one(part, came[field.name], here)
            if field.name in hints and part not in {None, "", ()}:
                _identifiers(part, here)


def _one(value: object, came: object, place: str) -> None:
    if is_dataclass(value):
        checked(value, came, place)
    elif isinstance(value, tuple) and isinstance(came, Sequence):
        for number, (part, came_part) in enumerate(zip(value, came, strict=True)):
            _one(part, came_part, f"{place}.{number}")
    elif isinstance(value, str):
        storable(value)
    elif isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{place}: does not say its offset from UTC, such as +01:00")
    elif isinstance(value, date) and (not _is_written(came) or value.year not in YEARS):
        raise ValueError(f"{place}: must be written as in 2026-01-31, in years that make sense")
    elif isinstance(value, Decimal | int | float):
        _number(value, place)


def _is_written(came: object) -> bool:
    return isinstance(came, str) and came[4:5] == "-"


def _number(value: Decimal | float, place: str) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > WHOLE_MAX:
            raise ValueError(f"{place}: is beyond {WHOLE_MAX}")
        return
    exact = Decimal(str(value))
    if not exact.is_finite() or abs(exact) > AMOUNT_MAX:
        raise ValueError(f"{place}: is beyond {AMOUNT_MAX}")
    if value and isinstance(value, Decimal) and _exponent(value) < FINEST:
        raise ValueError(f"{place}: is finer than a millionth")


def _exponent(value: Decimal) -> int:
    """Return the power of ten of the last digit that is not zero; `normalize` would underflow."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digits))
    return exponent + len(written) - len(written.rstrip("0"))


def _identifiers(value: object, place: str) -> None:
    for name in value if isinstance(value, tuple) else (value,):
        if isinstance(name, str):
            identifier(name, place)


@lru_cache(maxsize=64)
def _names(kind: type[object]) -> frozenset[str]:
    """Fields of a dataclass that hold identifiers."""
    return frozenset(n for n, hint in get_type_hints(kind).items() if _is_identifier(hint))


def _is_identifier(hint: object) -> bool:
    if isinstance(hint, NewType):
        return hint.__supertype__ is str
    if get_origin(hint) in {Union, types.UnionType, tuple}:
        return any(_is_identifier(part) for part in get_args(hint))
    return False
