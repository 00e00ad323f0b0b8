"""Which GS1 elements may stand together, and which of their digits are checked.

From the GS1 Barcode Syntax Dictionary (2026-07), for the Application Identifiers that a plant
meets on labels; a test compares this page with the dictionary. Other elements are kept as they
come, with their form checked only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from chargehand.vocabulary.gs1 import check

CHECKED: Final[Mapping[str, int]] = MappingProxyType(
    {
        "00": 18, "01": 14, "02": 14, "03": 14, "253": 13, "255": 13, "402": 17, "410": 13,
        "411": 13, "412": 13, "413": 13, "414": 13, "415": 13, "416": 13, "417": 13, "8003": 14,
        "8006": 14, "8017": 18, "8018": 18, "8026": 14,
    }
)  # fmt: skip
"""How many leading digits of a value end in a check digit."""

_ITEM: Final = "01,02,03,8006,8026"
_LOGISTIC: Final = frozenset(
    [*range(330, 337), *range(340, 350), *range(353, 356), 362, 363, *range(367, 370)]
)
"""Measures of a logistic unit rather than of a trade item, by their first three digits."""
NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "02": "37", "10": _ITEM, "11": _ITEM, "13": _ITEM, "15": _ITEM, "16": _ITEM,
        "17": "01,02,03,255,8006,8026", "20": _ITEM, "21": "01,03,8006", "22": "01", "235": "01",
        "240": _ITEM, "241": _ITEM, "242": "01,02,8006,8026", "243": "01,03",
        "250": "01+21,03+21,8006+21", "251": "01,03,8006", "254": "414", "30": "01,02",
        "37": "00+02,00+8026", "403": "00", "7003": "01,02,03",
    }
)  # fmt: skip
"""What an element needs beside it: alternatives by comma, all of an alternative by plus sign."""
EXCLUDES: Final[Mapping[str, str]] = MappingProxyType(
    {"01": "255,37", "02": "01,03", "03": "01,02,37,235", "21": "235"}
)
"""What may not stand beside an element."""
_MEASURES: Final = range(310, 370)


def needs(ai: str) -> str:
    """What an element needs beside it, empty where it may stand alone.

    >>> needs("3103")
    '01,02'
    """
    if len(ai) == 4 and int(ai[:3]) in _MEASURES:  # noqa: PLR2004
        family = int(ai[:3])
        return "01" if family == 337 else "00,01" if family in _LOGISTIC else "01,02"  # noqa: PLR2004
    return NEEDS.get(ai, "")


def mistakes(elements: Mapping[str, str]) -> Iterator[str]:
    """Yield all that is wrong with elements that stand on one label: values by AI."""
    for ai, value in elements.items():
        if ai in CHECKED:
            try:
                check(value[: CHECKED[ai]], f"({ai})")
            except ValueError as error:
                yield str(error)
        wanted = needs(ai)
        if wanted and not any(set(one.split("+")) <= elements.keys() for one in wanted.split(",")):
            yield f"({ai}) says nothing without {_either(wanted)}"
        for other in EXCLUDES.get(ai, "").split(","):
            if other in elements:
                yield f"({ai}) and ({other}) cannot stand on one label"
        if len(ai) == 4 and int(ai[:3]) in _MEASURES:  # noqa: PLR2004
            for other in elements:
                if other > ai and len(other) == len(ai) and other[:3] == ai[:3]:
                    yield f"({ai}) and ({other}) give the same measure twice"


def _either(wanted: str) -> str:
    return " or ".join(
        " and ".join(f"({ai})" for ai in one.split("+")) for one in wanted.split(",")
    )
