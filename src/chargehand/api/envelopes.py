"""Posted signals, read one by one: what cannot be read is kept as it came and spoils no other.

Pydantic builds the values; what it lets pass and the record could not hold (unknown fields, moments
without an offset, half characters, endless numbers) is found here, with its place and its cure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, get_args

from pydantic import Field

from chargehand.api.limits import YEARS, checked
from chargehand.api.problems import ApiProblem
from chargehand.signals.kinds import Body, Unreadable
from chargehand.signals.signal import Signal
from chargehand.vocabulary.identifier import identifier
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.wire import WireError, read_plain

SIGNALS_MAX = 1_000
FIELDS = frozenset({"source", "key", "occurred_at", "cause", "body"})
DIGITS_MAX = 18
_BLANK = " \t\r\n"

KINDS: dict[str, Any] = {kind.__dataclass_fields__["kind"].default: kind for kind in get_args(Body)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One signal as it is posted."""

    source: str
    key: str
    body: Annotated[Body, Field(discriminator="kind")]
    occurred_at: str | None = None
    cause: str | None = None


class _Fault(ValueError):
    """Why an envelope cannot be read."""


def envelopes(body: bytes) -> tuple[Signal, ...]:
    """Read one envelope or an array of them; an envelope that cannot be read becomes `Unreadable`.

    Raises `ApiProblem` where the body is no JSON at all, or holds too many.
    """
    try:
        texts = tuple(_items(body.decode()))
    except UnicodeDecodeError as error:
        raise ApiProblem("malformed_json", f"The body is no UTF-8: {error}.") from error
    except RecursionError as error:
        raise ApiProblem("malformed_json", "The body is nested too deeply.") from error
    except ValueError as error:
        raise ApiProblem("malformed_json", f"The body is no JSON: {error}.") from error
    if len(texts) > SIGNALS_MAX:
        raise ApiProblem("too_large", f"{len(texts)} signals; at most {SIGNALS_MAX} at once.")
    return tuple(_signal(value, raw) for value, raw in texts)


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= DIGITS_MAX else Decimal(text)


_decoder = json.JSONDecoder(parse_float=Decimal, parse_int=_integer)


def _items(text: str) -> Iterator[tuple[object, str]]:
    """Yield each envelope as a value and as its own text."""
    at = _next(text, 0)
    if not text.startswith("[", at):
        value, end = _decoder.raw_decode(text, at)
        yield value, text[at:end]
    elif text.startswith("]", end := _next(text, at + 1)):
        end += 1
    else:
        while True:
            value, after = _decoder.raw_decode(text, end)
            yield value, text[end:after]
            end = _next(text, after) + 1
            if text.startswith("]", end - 1):
                break
            if not text.startswith(",", end - 1):
                raise json.JSONDecodeError("Expecting ',' or ']'", text, end - 1)
            end = _next(text, end)
    if _next(text, end) != len(text):
        raise json.JSONDecodeError("Extra text", text, end)


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _signal(value: object, raw: str) -> Signal:
    try:
        return _read(value)
    except (_Fault, WireError, ValueError, RecursionError) as error:
        return _kept(value, raw, str(error))


def _read(value: object) -> Signal:
    if not isinstance(value, dict):
        raise _Fault("an envelope is an object with source, key and body")
    if extra := sorted(set(value) - FIELDS):
        raise _Fault(f"unknown field {extra[0]!r}; an envelope has {', '.join(sorted(FIELDS))}")
    body = value.get("body")
    kind = body.get("kind") if isinstance(body, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise _Fault(f"body.kind must be one of {', '.join(sorted(KINDS))}")
    occurred = value.get("occurred_at")
    cause = value.get("cause")
    read = read_plain(KINDS[kind], body)
    checked(read, body, "body")
    return Signal(
        source=_name(value, "source"),
        key=_name(value, "key"),
        body=read,
        occurred_at=None if occurred is None else _moment(_text(occurred, "occurred_at")),
        cause=None if cause is None else identifier(_text(cause, "cause"), "cause"),
    )


def _moment(text: str) -> datetime:
    try:
        moment = instant(text)
    except OverflowError as error:
        raise _Fault(f"occurred_at {text!r} is outside of the calendar") from error
    if moment.year not in YEARS:
        raise _Fault(f"occurred_at {text!r} lies in a year that makes no sense")
    return moment


def _name(value: dict[str, object], field: str) -> str:
    return identifier(_text(value.get(field), field), field)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _Fault(f"{field} must be text")
    return value


def _kept(value: object, raw: str, because: str) -> Signal:
    """Keep an envelope under a key of its own, so that a mended one may take the key it had."""
    claimed = value.get("source") if isinstance(value, dict) else None
    try:
        source = identifier(_text(claimed, "source"), "source")
    except ValueError:
        source = "api"
    storable = raw.encode("utf-8", "backslashreplace").decode()
    digest = sha256(storable.encode()).hexdigest()[:32]
    return Signal(
        source=source,
        key=f"unreadable-{digest}",
        body=Unreadable(
            raw=storable.replace("\0", "\\u0000"),
            because=because.encode("utf-8", "backslashreplace").decode().replace("\0", "\\u0000"),
            cure="Mend the envelope and post it again under its own key.",
        ),
    )
