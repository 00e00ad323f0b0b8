"""Values to and from JSON text, the same text for the same value every time.

One representation per concept: the dataclasses of the story are what is stored, hashed, replayed
and shown by the interfaces. Reading and checking is Pydantic's work; writing is canonical (sorted
keys, no blanks), so that a hash over the text is a hash over the value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from operator import not_
from types import MappingProxyType
from typing import Any, TypeVar, overload

T = TypeVar("T")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


LATER: Mapping[str, Any] = MappingProxyType({"exclude_if": not_})
"""Metadata of a field that a later release added: while it is empty, which must be its default, it
is left out of the text, so that texts, and hashes over them, stay what they were."""


class WireError(ValueError):
    """Text that is not the value it should be; the message names each field and its fault."""


@lru_cache(maxsize=256)
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def plain(value: Any, kind: Any = None) -> Any:
    """Return a value as JSON's own types (Decimals and moments as text)."""
    shape: Any = type(value) if kind is None else kind
    return _adapter(shape).dump_python(value, mode="json")


def canonical(value: object) -> str:
    """Write JSON's own types as canonical text: sorted keys, no blanks, no NaN."""
    return _ENCODER.encode(value)


def write(value: Any, kind: Any = None) -> str:
    """Write a value as canonical JSON text."""
    return canonical(plain(value, kind))


@overload
def read(kind: type[T], text: str | bytes) -> T: ...
@overload
def read(kind: object, text: str | bytes) -> Any: ...
def read(kind: Any, text: str | bytes) -> Any:
    """Read a value of a kind from JSON text; ``WireError`` names what is wrong and where."""
    return _checked(kind, lambda adapter: adapter.validate_json(text))


@overload
def read_plain(kind: type[T], value: object) -> T: ...
@overload
def read_plain(kind: object, value: object) -> Any: ...
def read_plain(kind: Any, value: object) -> Any:
    """Read a value of a kind from JSON's own types."""
    return _checked(kind, lambda adapter: adapter.validate_python(value))


def _checked(kind: Any, validate: Any) -> Any:
    from pydantic import ValidationError

    try:
        return validate(_adapter(kind))
    except ValidationError as error:
        faults = (
            f"{'.'.join(str(part) for part in fault['loc']) or 'value'}: {fault['msg']}"
            for fault in _of_its_kind(error.errors(include_url=False))
        )
        raise WireError("; ".join(faults)) from error


def _of_its_kind(faults: list[Any]) -> list[Any]:
    """The faults of a tagged value as the kind that it says it is; all, where it is of none."""
    others = [
        fault["loc"][:-1]
        for fault in faults
        if fault["type"] == "literal_error" and fault["loc"][-1:] == ("kind",)
    ]
    own = [one for one in faults if not any(one["loc"][: len(at)] == at for at in others)]
    return own or faults
