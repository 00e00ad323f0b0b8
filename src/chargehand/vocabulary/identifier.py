"""The keys by which people and systems name things, kept apart by type."""

from __future__ import annotations

from typing import NewType

SiteId = NewType("SiteId", str)
ZoneId = NewType("ZoneId", str)
LocationId = NewType("LocationId", str)
MaterialId = NewType("MaterialId", str)
LotId = NewType("LotId", str)
SupplierId = NewType("SupplierId", str)
AssetId = NewType("AssetId", str)
LineId = NewType("LineId", str)
OrderId = NewType("OrderId", str)
ProposalId = NewType("ProposalId", str)
PersonId = NewType("PersonId", str)

LENGTH_MAX = 80


def identifier(text: str, what: str) -> str:
    """Return a key as other systems wrote it, without blanks around it.

    Raises ``ValueError`` where it is empty, too long or holds control characters.

    >>> identifier(" MRO-VALVE-001 ", "material")
    'MRO-VALVE-001'
    """
    key = text.strip()
    if not key:
        raise ValueError(f"{what} is empty")
    if len(key) > LENGTH_MAX:
        raise ValueError(f"{what} {key[:20]!r}... is longer than {LENGTH_MAX} characters")
    if not key.isprintable():
        raise ValueError(f"{what} {key!r} holds characters that cannot be printed")
    return key
