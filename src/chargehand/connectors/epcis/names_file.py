"""NAMES.toml: which GTIN a material has, and which URI a place.

::

    enterprise = "acme"

    [materials]
    "SEAL-40" = "9521234543213"

    [places]
    "hall1/DOCK" = "urn:epc:id:sgln:0614141.00777.0"

It is checked whole: every mistake is named at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final

from chargehand.connectors.epcis.names import Names
from chargehand.connectors.mapping import MappingMistake
from chargehand.vocabulary.gs1 import Gtin, gtin
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId

_Wrong = Callable[[str, str, str], None]
"""Notes a mistake: where, what is wrong, what to do."""
_TABLES: Final = ("materials", "places")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def read_names(content: str, *, where: str = "NAMES.toml") -> Names | list[MappingMistake]:
    """Read the names of an enterprise; every mistake where there are any.

    Parameters
    ----------
    content
        The TOML text.
    where
        Its file, for the mistakes.
    """
    try:
        whole = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        return [MappingMistake(where=where, because=str(error), cure="correct the TOML")]
    mistakes: list[MappingMistake] = []

    def wrong(key: str, because: str, cure: str) -> None:
        mistakes.append(MappingMistake(where=f"{where}: {key}", because=because, cure=cure))

    for key in sorted(whole.keys() - {"enterprise", *_TABLES}):
        wrong(key, "there is no such key", f"keys are enterprise, {', '.join(_TABLES)}")
    enterprise = whole.get("enterprise")
    if not isinstance(enterprise, str) or not enterprise.strip():
        wrong("enterprise", "it is missing or no text", 'write enterprise = "acme"')
    gtins, places = _gtins(whole, wrong), _places(whole, wrong)
    if mistakes:
        return mistakes
    return Names(enterprise=str(enterprise).strip(), gtins=gtins, places=places)


def _gtins(whole: Mapping[str, Any], wrong: _Wrong) -> dict[MaterialId, Gtin]:
    found: dict[MaterialId, Gtin] = {}
    taken: set[Gtin] = set()
    for material, text in _table(whole, "materials", wrong).items():
        try:
            key = gtin(text)
        except ValueError as error:
            wrong(f"materials.{material}", str(error), "write the GTIN as its label has it")
            continue
        if key in taken:
            wrong(f"materials.{material}", f"another material has GTIN {key}", "keep one of them")
        taken.add(key)
        found[MaterialId(material)] = key
    return found


def _places(whole: Mapping[str, Any], wrong: _Wrong) -> dict[tuple[SiteId, LocationId], str]:
    found: dict[tuple[SiteId, LocationId], str] = {}
    for place, uri in _table(whole, "places", wrong).items():
        site, _, location = place.partition("/")
        if not (site and location):
            wrong(f"places.{place}", "it is no place", 'write "site/location" = "URI"')
        elif not _URI.fullmatch(uri):
            wrong(f"places.{place}", f"{uri!r} is no URI", "write an SGLN or Digital Link URI")
        found[SiteId(site), LocationId(location)] = uri
    return found


def _table(
    whole: Mapping[str, Any], name: str, wrong: Callable[[str, str, str], None]
) -> dict[str, str]:
    found = whole.get(name, {})
    if not isinstance(found, dict):
        wrong(name, "it is no table", f"write [{name}]")
        return {}
    for key, value in found.items():
        if not isinstance(value, str):
            wrong(f"{name}.{key}", f"{value!r} is no text", "write it in quotes")
    return {key: value for key, value in found.items() if isinstance(value, str)}
