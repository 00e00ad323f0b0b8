"""What the plant calls a thing and a place, and what EPCIS calls it, in both directions.

A material with a GTIN and a place with a URI of its own are named by them; everything else gets a
name below ``urn:chargehand:<enterprise>:``, from which this page reads it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from chargehand.connectors.epcis.epc_uri import CANONICAL, read_epc
from chargehand.vocabulary.gs1 import Gtin, check_digit
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    LocationId,
    LotId,
    MaterialId,
    SerialId,
    SiteId,
)

_LABEL: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
"""What a lot or serial may be on a GS1 label (AI 10, 21)."""
_PATH_SAFE: Final = "'-.;=_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A material, down to its lot and serial where they are told."""

    material: MaterialId
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one enterprise."""

    enterprise: str
    """Short name of the enterprise, part of every URI of our own."""
    gtins: Mapping[MaterialId, Gtin] = field(default_factory=dict)
    """GTIN (14 digits) of the materials that have one."""
    places: Mapping[tuple[SiteId, LocationId], str] = field(default_factory=dict)
    """URI of the places that have one of their own, such as an SGLN or Digital Link."""
    _materials: dict[str, MaterialId] = field(init=False, repr=False, compare=False)
    _storage_units: dict[str, tuple[SiteId, LocationId]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        back = {gtin: material for material, gtin in self.gtins.items()}
        if len(back) < len(self.gtins):
            raise ValueError("two materials have one GTIN: events would name either")
        object.__setattr__(self, "_materials", back)
        units = {_canonical(uri): place for place, uri in self.places.items()}
        object.__setattr__(self, "_storage_units", units)

    def thing_uri(self, thing: Thing) -> str:
        """URI of a material, lot or instance."""
        gtin = self.gtins.get(thing.material)
        finer = [value for value in (thing.lot, thing.serial) if value]
        if gtin is None or not all(_LABEL.fullmatch(value) for value in finer):
            return self.own("material", thing.material, lot=thing.lot, serial=thing.serial)
        path = f"/01/{gtin}"
        path += f"/10/{quote(thing.lot, safe=_PATH_SAFE)}" if thing.lot else ""
        path += f"/21/{quote(thing.serial, safe=_PATH_SAFE)}" if thing.serial else ""
        return CANONICAL + path

    def place_uri(self, site: SiteId, location: LocationId) -> str:
        """URI of a storage unit."""
        return self.places.get((site, location)) or self.own("place", site, at=location)

    def unit_uri(self, unit: HandlingUnitId) -> str:
        """URI of a handling unit: its SSCC where it has one."""
        if (epc := read_epc(f"{CANONICAL}/00/{unit}")) is not None:
            return epc.link()
        return self.own("unit", unit)

    def own(self, kind: str, key: str, **finer: str) -> str:
        """URI of our own: ``urn:chargehand:<enterprise>:<kind>:<key>``, with finer parts behind."""
        parts = ["urn", "chargehand", self.enterprise, kind, key]
        parts += [part for name, value in finer.items() if value for part in (name, value)]
        return ":".join(quote(part, safe="-._~") for part in parts)

    def thing(self, uri: str) -> Thing | None:
        """The material that a URI names; None where the plant has no name for it."""
        if (own := self._own(uri, "material")) is not None:
            return Thing(
                material=MaterialId(own[0]),
                lot=LotId(own[1].get("lot", "")),
                serial=SerialId(own[1].get("serial", "")),
            )
        epc = read_epc(uri)
        if epc is None or epc.ai != "01" or epc.value not in self._materials:
            return None
        return Thing(
            material=self._materials[epc.value],
            lot=LotId(epc.finer("10")),
            serial=SerialId(epc.finer("21")),
        )

    def place(self, uri: str) -> tuple[SiteId, LocationId] | None:
        """The storage unit that a URI names; None where the plant has no name for it."""
        if (own := self._own(uri, "place")) is not None:
            return SiteId(own[0]), LocationId(own[1].get("at", ""))
        return self._storage_units.get(_canonical(uri))

    def unit(self, uri: str) -> HandlingUnitId | None:
        """The handling unit that a URI names; None where it names none."""
        if (own := self._own(uri, "unit")) is not None:
            return HandlingUnitId(own[0])
        epc = read_epc(uri)
        if epc is None or epc.ai != "00" or epc.value[-1] != check_digit(epc.value[:-1]):
            return None
        return HandlingUnitId(epc.value)

    def document(self, uri: str, kind: str) -> str:
        """Number of a business document: ours, that of a GLN's owner, or the URI as it is."""
        if (own := self._own(uri, kind)) is not None:
            return own[0]
        if found := re.fullmatch(r"urn:epcglobal:cbv:bt:\d{13}:(.+)", uri):
            return unquote(found[1])
        return _canonical(uri)

    def _own(self, uri: str, kind: str) -> tuple[str, dict[str, str]] | None:
        parts = [unquote(part) for part in uri.split(":")]
        if parts[:4] != ["urn", "chargehand", self.enterprise, kind] or len(parts) % 2 == 0:
            return None
        rest = parts[5:]
        return parts[4], dict(zip(rest[::2], rest[1::2], strict=True))


def _canonical(uri: str) -> str:
    epc = read_epc(uri)
    return uri if epc is None else epc.link()
