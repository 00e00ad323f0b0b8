"""The event hash of CBV 2.0 section 8.9: one id for one event, however it is written.

Values are put into one row of ``key=value`` in the order of the standard, each in its canonical
form, without separators; the row's SHA-256 is the id. JSON or XML, order of lists, bare word or
URI, EPC URI or Digital Link, time zone: none of it changes the id. ``eventID``, ``recordTime``,
``errorDeclaration``, ``certificationInfo`` and comments are not part of it, so an error
declaration has the id of the event that it declares wrong.

Numbers are exact here: the reference implementation (epcis-event-hash-generator 1.9) rounds rows
of more than 16 digits through binary floating point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from chargehand.connectors.epcis.canonical import Canon
from chargehand.connectors.epcis.parts import Json

_EPCS: Final = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_QUANTITIES: Final = {
    "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList",
}  # fmt: skip
_PLACES: Final = {"readPoint", "bizLocation"}
_TYPED: Final = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
_ORDER: Final = (
    "eventTime", "eventTimeZoneOffset", "epcList", "parentID", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList",
    "outputQuantityList", "action", "transformationID", "bizStep", "disposition",
    "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
    "destinationList", "sensorElementList",
)  # fmt: skip
_METADATA: Final = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
    "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT: Final = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
    "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank",
    "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_LEFT_OUT: Final = {
    "type", "eventID", "recordTime", "errorDeclaration", "certificationInfo", "@context",
}  # fmt: skip


def event_hash(event: Mapping[str, Json], prefixes: Mapping[str, str]) -> str:
    """The id of an event: ``ni:///sha-256;...?ver=CBV2.0``.

    Parameters
    ----------
    event
        The event as JSON, such as ``write_event`` gives it.
    prefixes
        Namespaces of the document's context by their prefixes.
    """
    digest = sha256(pre_hash(event, prefixes).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Json], prefixes: Mapping[str, str]) -> str:
    """The row of keys and values that is hashed."""
    canon = Canon(prefixes)
    trailing: list[str] = []
    row = [f"eventType={canon.value('type', event.get('type'))}"]
    row += [_ordered(key, event[key], canon, trailing) for key in _ORDER if key in event]
    others = {k: v for k, v in event.items() if k not in _ORDER and k not in _LEFT_OUT}
    trailing += _extensions(others, canon)
    return "".join([*row, *sorted(trailing)])


def _ordered(key: str, value: Json, canon: Canon, trailing: list[str]) -> str:
    """One field of the standard; what users added inside it goes to the trailing row."""
    if key in _EPCS:
        return _wrapped(key, sorted(f"epc={canon.value(key, one)}" for one in _list(value)))
    if key in _QUANTITIES:
        lines = (_pairs(one, ("epcClass", "quantity", "uom"), canon) for one in _list(value))
        return _wrapped(key, sorted(f"quantityElement{line}" for line in lines if line))
    if key in _TYPED:
        lines = (_pairs(one, ("type", _TYPED[key]), canon, field=key) for one in _list(value))
        return _wrapped(key, sorted(line for line in lines if line))
    if key == "persistentDisposition":
        words = [
            f"{name}={canon.value('disposition', one)}"
            for name in ("set", "unset")
            for one in sorted(_list(value.get(name, [])), key=str)
        ]
        return _wrapped(key, words)
    if key in _PLACES and isinstance(value, dict):
        rest = {k: v for k, v in value.items() if k != "id"}
        trailing += [key + line for line in [_nested(rest, canon)] if line]
        return _wrapped(key, [_pairs(value, ("id",), canon)])
    if key == "sensorElementList":
        added = sorted(line for one in _list(value) if (line := _added(one, canon)))
        trailing += [key + "".join(added)] if added else []
        return "".join(sorted(_sensor_element(one, canon) for one in _list(value)))
    text = canon.value(key, value)
    return f"{key}={text}" if text else ""


def _sensor_element(element: Json, canon: Canon) -> str:
    if not isinstance(element, dict):
        return ""
    metadata = _pairs(element.get("sensorMetadata", {}), _METADATA, canon, field="sensorMetadata")
    reports = sorted(
        "sensorReport" + line
        for one in _list(element.get("sensorReport", []))
        if (line := _pairs(one, _REPORT, canon, field="sensorReport"))
    )
    row = _wrapped("sensorMetadata", [metadata]) + "".join(reports)
    return _wrapped("sensorElement", [row])


def _added(element: Json, canon: Canon) -> str:
    """What users added to a sensor element, each part behind the name of what holds it."""
    if not isinstance(element, dict):
        return ""
    rest = {k: v for k, v in element.items() if k not in {"sensorMetadata", "sensorReport"}}
    lines = list(_extensions(rest, canon))
    for name, known in (("sensorMetadata", _METADATA), ("sensorReport", _REPORT)):
        for one in _list(element.get(name, [])):
            if isinstance(one, dict):
                strange = {k: v for k, v in one.items() if k not in known}
                lines += [name + line for line in [_nested(strange, canon)] if line]
    return _wrapped("sensorElement", sorted(lines))


def _pairs(value: Json, keys: tuple[str, ...], canon: Canon, *, field: str = "") -> str:
    """``key=value`` of the given keys in the given order; empty values are left out."""
    if not isinstance(value, dict):
        return ""
    found = ((key, canon.value(f"{field}.{key}", value[key])) for key in keys if key in value)
    return "".join(f"{key}={text}" for key, text in found if text)


def _extensions(value: Mapping[str, Json], canon: Canon) -> Iterator[str]:
    """Each field of users' own as one text: ``{namespace}name=value``, or with its parts."""
    for key, held in value.items():
        if key in {"rdfs:comment", "comment"} or key.startswith("@xmlns"):
            continue
        for one in _list(held):
            if isinstance(one, dict):
                own = canon.value("", one["#text"]) if "#text" in one else ""
                inside = {k: v for k, v in one.items() if k != "#text"}
                yield canon.key(key) + (f"={own}" if own else "") + _nested(inside, canon)
            else:
                text = canon.value("", one)
                yield canon.key(key) + (f"={text}" if text else "")


def _nested(value: Mapping[str, Json], canon: Canon) -> str:
    return "".join(sorted(_extensions(value, canon)))


def _wrapped(key: str, lines: list[str]) -> str:
    inside = "".join(lines)
    return key + inside if inside else ""


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
