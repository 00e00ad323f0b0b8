"""The canonical form of single values and names, as the event hash of CBV 2.0 asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from chargehand.connectors.epcis.epc_uri import read_epc
from chargehand.connectors.epcis.parts import Json

CBV: Final = "https://ref.gs1.org/cbv/"
VOC: Final = "https://ref.gs1.org/voc/"
_STANDARD: Final = {"cbv": CBV, "gs1": VOC}
"""Prefixes that mean the same in every document."""
_OLD: Final = {
    "urn:epcglobal:cbv:bizstep:": f"{CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{CBV}ER-",
}
_BARE: Final = {
    "bizStep": f"{CBV}BizStep-",
    "disposition": f"{CBV}Disp-",
    "bizTransactionList.type": f"{CBV}BTT-",
    "sourceList.type": f"{CBV}SDT-",
    "destinationList.type": f"{CBV}SDT-",
    "sensorReport.component": f"{CBV}Comp-",
    "sensorReport.type": VOC,
    "sensorReport.exception": VOC,
}
"""Fields whose bare words belong to a vocabulary of the standard."""
_TIMES: Final = {
    "eventTime", "sensorMetadata.time", "sensorMetadata.startTime", "sensorMetadata.endTime",
    "sensorReport.time",
}  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z_]+")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Canon:
    """Writes values and names of one document in their canonical form."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = {**prefixes, **_STANDARD}

    def key(self, name: str) -> str:
        """Name of a field: ``{namespace}local`` where a prefix is known."""
        prefix, colon, local = name.partition(":")
        if colon and prefix in self._prefixes:
            return f"{{{self._prefixes[prefix]}}}{local}"
        return name

    def value(self, field: str, value: Json) -> str:
        """Text of a value; empty where there is none."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return _number(repr(value))
        if not isinstance(value, str):
            return json.dumps(value, sort_keys=True)
        text = value.strip()
        if field in _TIMES:
            return _moment(text)
        if field in _BARE and _WORD.fullmatch(text):
            return _BARE[field] + text
        return _number(text) if _NUMBER.fullmatch(text) else self._uri(text)

    def _uri(self, text: str) -> str:
        """A URI in its canonical form; any other text as it is."""
        for old, new in _OLD.items():
            if text.startswith(old):
                return new + text.removeprefix(old)
        if (epc := read_epc(text)) is not None:
            return epc.link()
        prefix, colon, local = text.partition(":")
        if colon and prefix in self._prefixes:
            return self._prefixes[prefix] + local
        return text


def _number(text: str) -> str:
    """A number without plus sign, leading or trailing zeros."""
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, dot, part = plain.lstrip("-").partition(".")
    bare = (whole.lstrip("0") or "0") + dot + part
    return bare if bare == "0" or not plain.startswith("-") else f"-{bare}"


def _moment(text: str) -> str:
    """A moment in UTC to the millisecond, rounded half up; other texts stay as they are."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    seconds, part, offset = found.groups()
    try:
        whole = datetime.fromisoformat(seconds + offset)
        fraction = Decimal(f"0{part or ''}").quantize(Decimal("0.001"), ROUND_HALF_UP)
        moment = whole.astimezone(UTC) + timedelta(milliseconds=int(fraction * 1000))
    except (ValueError, OverflowError):
        return text
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
