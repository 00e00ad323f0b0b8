"""Places of a site, in the words of ISA-95."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chargehand.vocabulary.identifier import (
    LocationId,
    SiteId,
    ZoneId,
    check_name,
    check_site,
)


class LocationKind(StrEnum):
    """What a storage unit is for."""

    BULK = "bulk"
    PICK_FACE = "pick_face"
    LINE_SIDE = "line_side"
    STAGING = "staging"
    RECEIVING = "receiving"
    SHIPPING = "shipping"
    HOLD = "hold"
    TOOL_CRIB = "tool_crib"
    WIP_BUFFER = "wip_buffer"
    IN_TRANSIT = "in_transit"


PICKABLE = frozenset({LocationKind.BULK, LocationKind.PICK_FACE})
"""Kinds of places whose stock may be promised to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationalLocation:
    """A storage unit of one site (B2MML OperationalLocation, level StorageUnit)."""

    location: LocationId
    site: SiteId
    zone: ZoneId = ZoneId("MRO")
    kind: LocationKind = LocationKind.BULK

    def __post_init__(self) -> None:
        check_site(self.site)
        check_name(self.location, "location")
