"""An EPCIS document as signals: what we understand typed, everything else kept with its reason.

The key of a signal is the event's hash and the number of the line in it, so that an event that
comes twice, from two partners or in another form, counts once. An event that we sent out ourselves
has the hash of one of its movement's events, and is no signal. What is not understood has a key
of its own: once a map names its material or place, capturing the document again reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from chargehand.connectors.epcis.canonical import Canon
from chargehand.connectors.epcis.document import Unread, read_document
from chargehand.connectors.epcis.emit import PREFIXES, events_of
from chargehand.connectors.epcis.event_hash import event_hash
from chargehand.connectors.epcis.events import Event, write_event
from chargehand.connectors.epcis.interpret import interpret
from chargehand.connectors.epcis.lines import NotOurs
from chargehand.connectors.epcis.movements import MovementOut
from chargehand.connectors.epcis.names import Names
from chargehand.connectors.epcis.parts import EventMistake, Json
from chargehand.signals.kinds import Unreadable
from chargehand.signals.signal import Signal
from chargehand.vocabulary.wire import canonical

_AT_SOURCE = "have the sender correct it"
_MOVEMENT = f"{{{PREFIXES['chargehand']}}}movement"
Ours = Callable[[str], MovementOut | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """An event of our own that came back."""

    key: str
    """Its hash."""
    movement: str
    """Key of the movement that it tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What a document says, each in the order of the document."""

    signals: tuple[Signal, ...]
    returned: tuple[Returned, ...] = ()


def capture_document(content: str, *, names: Names, source: str = "epcis") -> list[Signal]:
    """Read a document's events as signals; no movement is known to be ours."""
    return list(read_events(content, names=names, source=source).signals)


def read_events(
    content: str, *, names: Names, source: str = "epcis", ours: Ours | None = None
) -> Captured:
    """Read a document's events as signals, but for those that we sent out ourselves.

    Parameters
    ----------
    content
        The JSON-LD text.
    names
        What EPCIS calls our materials and places.
    source
        Name under which the signals stand in the journal.
    ours
        Finds our own movement by the key that an event names (``chargehand:movement``).
    """
    try:
        document = read_document(content)
    except EventMistake as mistake:
        return Captured(signals=(_unreadable(content, str(mistake), _AT_SOURCE, source, None),))
    reader = _Reader(names, source, document.prefixes, ours)
    said = [one for event in document.events for one in reader.read(event)]
    return Captured(
        signals=tuple(one for one in said if isinstance(one, Signal)),
        returned=tuple(one for one in said if isinstance(one, Returned)),
    )


class _Reader:
    """Reads the events of one document."""

    def __init__(
        self, names: Names, source: str, prefixes: Mapping[str, str], ours: Ours | None
    ) -> None:
        self._names, self._source, self._prefixes, self._ours = names, source, prefixes, ours

    def read(self, event: Event | Unread) -> Iterator[Signal | Returned]:
        """What one event says."""
        if isinstance(event, Unread):
            yield _unreadable(event.json, event.because, _AT_SOURCE, self._source, None)
            return
        raw = write_event(event)
        try:
            occurred_at = _to_the_millisecond(event.occurred_at)
        except EventMistake as mistake:
            yield _unreadable(raw, str(mistake), _AT_SOURCE, self._source, None)
            return
        key = event_hash(raw, self._prefixes)
        try:
            own = self._own(event, key, occurred_at)
            said = () if own else interpret(event, self._names, key)
        except NotOurs as reason:
            yield _unreadable(raw, str(reason), reason.cure, self._source, occurred_at)
            return
        if own:
            yield Returned(key=key, movement=own)
        for one in said:
            if isinstance(one.body, NotOurs):
                because, cure = str(one.body), one.body.cure
                yield _unreadable(raw, because, cure, self._source, occurred_at)
            else:
                name = f"{key}#{one.line}"
                yield Signal(source=self._source, key=name, body=one.body, occurred_at=occurred_at)

    def _own(self, event: Event, key: str, occurred_at: datetime) -> str:
        """The key of the movement that we told by this event ourselves; empty where we did not.

        Raises ``NotOurs`` where it is of our movement and says something else of it.
        """
        canon = Canon(self._prefixes)
        told = next((v for k, v in event.rest.items() if canon.key(k) == _MOVEMENT), None)
        movement = self._ours(told) if self._ours and isinstance(told, str) else None
        if movement is None or not isinstance(told, str):
            return ""
        known = events_of(replace(movement, corrects=None), self._names)
        if any(one.event_id == key for one in known):
            return told
        is_of_it = _to_the_millisecond(movement.occurred_at) == occurred_at
        if is_of_it and any(one.biz_step == event.biz_step for one in known):
            raise NotOurs(
                f"it tells of our movement {told}, which is booked, and not what we told of it",
                "ask the sender what was changed in it, and correct the movement if need be",
            )
        return ""  # another plant has a movement of that key


def _to_the_millisecond(moment: datetime) -> datetime:
    """Rounded half up as in the event's hash, so that one id never has two moments."""
    return moment.replace(microsecond=0) + timedelta(
        milliseconds=(moment.microsecond + 500) // 1000
    )


def _unreadable(
    raw: Json, because: str, cure: str, source: str, occurred_at: datetime | None
) -> Signal:
    text = raw if isinstance(raw, str) else canonical(raw)
    # the reason is part of the key: another map may leave another reason
    digest = sha256(f"{because}\n{text}".encode()).hexdigest()
    return Signal(
        source=source,
        key=f"unreadable-{digest[:24]}",
        body=Unreadable(raw=text, because=because, cure=cure),
        occurred_at=occurred_at,
    )
