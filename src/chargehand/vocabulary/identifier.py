"""The keys by which people and systems name things, kept apart by type."""

from __future__ import annotations

from typing import NewType

SiteId = NewType("SiteId", str)
ZoneId = NewType("ZoneId", str)
LocationId = NewType("LocationId", str)
MaterialId = NewType("MaterialId", str)
LotId = NewType("LotId", str)
SerialId = NewType("SerialId", str)
HandlingUnitId = NewType("HandlingUnitId", str)
HoldId = NewType("HoldId", str)
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


def check_name(name: str, what: str) -> None:
    """Raise ``ValueError`` where a name cannot be part of a longer key.

    >>> check_name("SEAL|40", "material")
    Traceback (most recent call last):
        ...
    ValueError: material 'SEAL|40' holds '|', which parts the keys of the record: write another sign
    """
    if "|" in name:
        raise ValueError(
            f"{what} {name!r} holds '|', which parts the keys of the record: write another sign"
        )


def check_site(site: str) -> None:
    """Raise ``ValueError`` where a name cannot be a site's: its stock would be somewhere else."""
    check_name(site, "site")
    if "/" in site or site.startswith("~"):
        raise ValueError(
            f"site {site!r} holds '/' or begins with '~', which stand between site and place, and"
            " before the world outside: write another sign, such as '-'"
        )
