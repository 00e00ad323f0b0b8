"""EPCIS documents: a frame, kept as it came, around a list of events.

Three frames are read: a document with an event list, a query document with results, and one event
alone. An event that cannot be read stays in the list as it came, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final, NoReturn

from chargehand.connectors.epcis.events import Event, read_event, write_event
from chargehand.connectors.epcis.parts import EventMistake, Json, items, record

PREFIXES: Final[Mapping[str, str]] = {"cbvmda": "urn:epcglobal:cbv:mda"}
"""Namespaces of the standard that extensions use without declaring them."""
DEPTH_MAX: Final = 100
"""Levels of objects and lists in a document; the official examples need 12."""
_PATHS: Final = (
    ("epcisBody", "eventList"),
    ("epcisBody", "queryResults", "resultsBody", "eventList"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An event that is not one of EPCIS 2.0, verbatim."""

    json: Json
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpcisDocument:
    """A document and its events."""

    frame: Mapping[str, Json]
    """The document with an empty list of events."""
    path: tuple[str, ...]
    """Where in the frame the list stands; empty where the document is one event alone."""
    events: tuple[Event | Unread, ...]

    @property
    def prefixes(self) -> dict[str, str]:
        """Namespaces by their prefixes, as the document's context declares them."""
        return prefixes_of(self.frame.get("@context"))


def read_document(content: str) -> EpcisDocument:
    """Read an EPCIS document.

    Raises
    ------
    EventMistake
        The text is not JSON that can be kept whole, or there is no list of events where EPCIS
        has it.
    """
    whole = record(_json(content), "the document")
    if isinstance(whole.get("type"), str) and "eventTime" in whole:
        return EpcisDocument(
            frame={"@context": whole.get("@context")}, path=(), events=(_event(whole, 0),)
        )
    for path in _PATHS:
        if (found := _at(whole, path)) is not None:
            events = tuple(_event(one, at) for at, one in enumerate(items(found, ".".join(path))))
            return EpcisDocument(frame=_with(whole, path, []), path=path, events=events)
    raise EventMistake(
        "there is no list of events: neither epcisBody.eventList nor the results of a query"
    )


def write_document(document: EpcisDocument) -> dict[str, Json]:
    """Write a document as JSON: the inverse of ``read_document``."""
    events = [one.json if isinstance(one, Unread) else write_event(one) for one in document.events]
    if not document.path:
        (alone,) = events
        return dict(record(alone, "the document"))
    return _with(document.frame, document.path, events)


def prefixes_of(context: Json) -> dict[str, str]:
    """Namespaces by prefix, of a JSON-LD context; terms with another meaning are left out."""
    found = dict(PREFIXES)
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            found |= {key: uri for key, uri in part.items() if isinstance(uri, str)}
    return found


def _event(value: Json, at: int) -> Event | Unread:
    try:
        return read_event(value, f"event {at + 1}")
    except EventMistake as mistake:
        return Unread(json=value, because=str(mistake))


def _at(whole: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        if not isinstance(whole, dict) or key not in whole:
            return None
        whole = whole[key]
    return whole


def _with(whole: Mapping[str, Json], path: tuple[str, ...], value: Json) -> dict[str, Json]:
    key, *below = path
    return {**whole, key: _with(whole[key], tuple(below), value) if below else value}


def _json(content: str) -> Json:
    try:
        value = json.loads(content, parse_constant=_no_number, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except EventMistake:
        raise
    except (ValueError, RecursionError) as error:
        raise EventMistake(f"the text is not JSON: {error}") from error
    if _depth(value) > DEPTH_MAX:
        raise EventMistake(f"its parts nest deeper than {DEPTH_MAX} levels")
    return value


def _depth(value: Json) -> int:
    level, found = [value], 0
    while level := [
        inner
        for one in level
        if isinstance(one, dict | list)
        for inner in (one.values() if isinstance(one, dict) else one)
    ]:
        found += 1
    return found


def _no_number(name: str) -> NoReturn:
    raise EventMistake(f"the text is not JSON: {name} is no number of JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise EventMistake(f"{digits} is too large for a number")
    return value
