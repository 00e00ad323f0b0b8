"""An EPCIS document as signals: what we understand typed, everything else kept with its reason.

The key of a signal is the event's hash and the number of the line in it, so that an event that
comes twice, from two partners or in another form, counts once. What is not understood has a key
of its own: once a map names its material or place, capturing the document again reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from chargehand.connectors.epcis.document import Unread, read_document
from chargehand.connectors.epcis.event_hash import event_hash
from chargehand.connectors.epcis.events import Event, write_event
from chargehand.connectors.epcis.interpret import interpret
from chargehand.connectors.epcis.lines import NotOurs
from chargehand.connectors.epcis.names import Names
from chargehand.connectors.epcis.parts import EventMistake, Json
from chargehand.signals.kinds import Unreadable
from chargehand.signals.signal import Signal
from chargehand.vocabulary.wire import canonical

_AT_SOURCE = "have the sender correct it"


def capture_document(content: str, *, names: Names, source: str = "epcis") -> list[Signal]:
    """Read a document's events as signals, in the order of the document.

    Parameters
    ----------
    content
        The JSON-LD text.
    names
        What EPCIS calls our materials and places.
    source
        Name under which the signals stand in the journal.
    """
    try:
        document = read_document(content)
    except EventMistake as mistake:
        return [_unreadable(content, str(mistake), _AT_SOURCE, source, None)]
    prefixes = document.prefixes
    return [
        signal for event in document.events for signal in _signals(event, prefixes, names, source)
    ]


def _signals(
    event: Event | Unread, prefixes: Mapping[str, str], names: Names, source: str
) -> Iterator[Signal]:
    if isinstance(event, Unread):
        yield _unreadable(event.json, event.because, _AT_SOURCE, source, None)
        return
    raw = write_event(event)
    try:
        occurred_at = _to_the_millisecond(event.occurred_at)
    except EventMistake as mistake:
        yield _unreadable(raw, str(mistake), _AT_SOURCE, source, None)
        return
    key = event_hash(raw, prefixes)
    try:
        said = interpret(event, names, key)
    except NotOurs as reason:
        yield _unreadable(raw, str(reason), reason.cure, source, occurred_at)
        return
    for one in said:
        if isinstance(one.body, NotOurs):
            yield _unreadable(raw, str(one.body), one.body.cure, source, occurred_at)
        else:
            yield Signal(
                source=source, key=f"{key}#{one.line}", body=one.body, occurred_at=occurred_at
            )


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
