"""The names of things in EPCIS events: EPC URIs and GS1 Digital Link URIs, read to one form.

``urn:epc:id:sgtin:0614141.011111.987`` and ``https://shop.example/01/00614141111114/21/987?17=...``
name the same thing; both read as GTIN 00614141111114 with serial 987, and are written as the
constrained canonical Digital Link ``https://id.gs1.org/01/00614141111114/21/987`` that the event
hash asks for (CBV 2.0 section 8.9; EPC Tag Data Standard 2.0 section 6.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from chargehand.vocabulary.gs1 import check_digit

CANONICAL: Final = "https://id.gs1.org"
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)")
_KEYS: Final = {
    "00": r"\d{18}",
    "01": r"\d{14}|\d{13}|\d{12}|\d{8}",
    "253": r"\d{13}.{0,17}",
    "255": r"\d{13,25}",
    "401": r".{1,30}",
    "402": r"\d{17}",
    "414": r"\d{13}",
    "417": r"\d{13}",
    "8003": r"\d{14}.{0,16}",
    "8004": r".{1,30}",
    "8006": r"\d{18}",
    "8010": r".{1,30}",
    "8017": r"\d{18}",
    "8018": r"\d{18}",
}
"""Primary keys of a Digital Link and the form of their values."""
_QUALIFIERS: Final = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}
"""Qualifiers that name something finer, the finest first."""
_SHORT_NAMES: Final = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402",
    "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_KEPT: Final = "'-.;=_"
"""Signs besides letters and digits that stand in a Digital Link as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epc:
    """What a URI names, by Application Identifiers."""

    ai: str
    """Application Identifier of the key: 01, 00, 414 ..."""
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Serial (21), lot (10), extension (254) ... that name something finer, the finest first."""

    def finer(self, ai: str) -> str:
        """Value of a qualifier, empty where it has none of that kind."""
        return dict(self.qualifiers).get(ai, "")

    def link(self) -> str:
        """The constrained canonical GS1 Digital Link URI: with the finest qualifier only."""
        path = f"/{self.ai}/{_escaped(self.value)}"
        for ai, value in self.qualifiers[:1]:
            path += f"/{ai}/{_escaped(value)}"
        return CANONICAL + path


def read_epc(uri: str) -> Epc | None:
    """What a URI names; None where it is not a key of GS1.

    >>> read_epc("urn:epc:id:sgln:4012345.00011.987")
    Epc(ai='414', value='4012345000115', qualifiers=(('254', '987'),))
    """
    if found := _URN.fullmatch(uri):
        kind, scheme, rest = found.groups()
        reader = _SCHEMES.get((kind, scheme))
        return reader(rest.split(".")) if reader is not None else None
    if uri.startswith(("https://", "http://")):
        return _from_link(uri)
    return None


def _from_link(uri: str) -> Epc | None:
    path = re.split(r"[?#]", uri, maxsplit=1)[0].split("/")[3:]
    parts = [_SHORT_NAMES.get(part, part) for part in path]
    for at in range(len(parts) - 2, -1, -1):
        ai, value = parts[at], unquote(path[at + 1])
        if ai in _KEYS and re.fullmatch(_KEYS[ai], value):
            rest = parts[at + 2 :]
            if len(rest) % 2:
                return None
            finer = {key: unquote(path[at + 3 + 2 * n]) for n, key in enumerate(rest[::2])}
            if not finer.keys() <= {"22", *_QUALIFIERS.get(ai, ())}:
                return None
            return Epc(
                ai=ai,
                value=value.zfill(14) if ai == "01" else value,
                qualifiers=tuple((q, finer[q]) for q in _QUALIFIERS.get(ai, ()) if finer.get(q)),
            )
    return None


def _escaped(value: str) -> str:
    return quote(value, safe=_KEPT)


_Reader = Callable[[list[str]], Epc | None]


def _digits(prefix: str, reference: str, total: int) -> str | None:
    """Company prefix and reference as one number, where they have the right length together."""
    body = prefix + reference
    is_number = body.isascii() and body.isdigit() and 6 <= len(prefix) <= 12  # noqa: PLR2004
    return body if is_number and len(body) == total else None


def _checked(body: str) -> str:
    return body + check_digit(body)


def _with_indicator(ai: str, finer: str) -> _Reader:
    """Keys whose first digit stands before the prefix: GTIN, with a serial or lot behind."""

    def reader(parts: list[str]) -> Epc | None:
        if len(parts) < 3 or not (body := _digits(parts[0], parts[1], 13)):  # noqa: PLR2004
            return None
        key = _checked(parts[1][0] + parts[0] + parts[1][1:])
        rest = unquote(".".join(parts[2:]))
        return _named(ai, key, (finer, rest)) if body and rest else None

    return reader


def _logistic(parts: list[str]) -> Epc | None:
    if len(parts) != 2 or not _digits(parts[0], parts[1], 17):  # noqa: PLR2004
        return None
    return Epc(ai="00", value=_checked(parts[1][0] + parts[0] + parts[1][1:]))


def _plain(ai: str, total: int, *, lead: str = "") -> _Reader:
    """Keys of a prefix and a reference, with a check digit behind."""

    def reader(parts: list[str]) -> Epc | None:
        body = _digits(parts[0], parts[1], total) if len(parts) == 2 else None  # noqa: PLR2004
        return Epc(ai=ai, value=_checked(lead + body)) if body else None

    return reader


def _serialized(ai: str, *, lead: str = "") -> _Reader:
    """Keys of a prefix and a type, a check digit, and a serial as part of the same value."""

    def reader(parts: list[str]) -> Epc | None:
        body = _digits(parts[0], parts[1], 12) if len(parts) >= 3 else None  # noqa: PLR2004
        serial = unquote(".".join(parts[2:]))
        if not body or not serial:
            return None
        return Epc(ai=ai, value=_checked(lead + body) + ("" if serial == "*" else serial))

    return reader


def _place(parts: list[str]) -> Epc | None:
    body = _digits(parts[0], parts[1], 12) if len(parts) >= 3 else None  # noqa: PLR2004
    extension = unquote(".".join(parts[2:]))
    if not body or not extension:
        return None
    finer = () if extension == "0" else (("254", extension),)
    return Epc(ai="414", value=_checked(body), qualifiers=finer)


def _joined(ai: str) -> _Reader:
    """Keys that are the prefix and the reference in one row, without a check digit."""

    def reader(parts: list[str]) -> Epc | None:
        reference = unquote(".".join(parts[1:]))
        is_prefix = _digits(parts[0], "", len(parts[0])) is not None
        return Epc(ai=ai, value=parts[0] + reference) if is_prefix and reference else None

    return reader


def _component(parts: list[str]) -> Epc | None:
    if len(parts) != 3 or _digits(parts[0], "", len(parts[0])) is None:  # noqa: PLR2004
        return None
    return _named("8010", parts[0] + unquote(parts[1]), ("8011", parts[2]))


def _piece(parts: list[str]) -> Epc | None:
    if len(parts) < 5 or not _digits(parts[0], parts[1], 13):  # noqa: PLR2004
        return None
    key = _checked(parts[1][0] + parts[0] + parts[1][1:]) + parts[2] + parts[3]
    return _named("8006", key, ("21", unquote(".".join(parts[4:]))))


def _named(ai: str, key: str, qualifier: tuple[str, str]) -> Epc:
    """A key and its qualifier; ``*`` stands for every one, which is the key alone."""
    return Epc(ai=ai, value=key, qualifiers=() if qualifier[1] == "*" else (qualifier,))


_SCHEMES: Final[dict[tuple[str, str], _Reader]] = {
    ("id", "sgtin"): _with_indicator("01", "21"),
    ("id", "upui"): _with_indicator("01", "235"),
    ("class", "lgtin"): _with_indicator("01", "10"),
    ("id", "sscc"): _logistic,
    ("id", "sgln"): _place,
    ("id", "pgln"): _plain("417", 12),
    ("id", "gsrn"): _plain("8018", 17),
    ("id", "gsrnp"): _plain("8017", 17),
    ("id", "gsin"): _plain("402", 16),
    ("id", "grai"): _serialized("8003", lead="0"),
    ("id", "gdti"): _serialized("253"),
    ("id", "sgcn"): _serialized("255"),
    ("id", "giai"): _joined("8004"),
    ("id", "ginc"): _joined("401"),
    ("id", "cpi"): _component,
    ("id", "itip"): _piece,
    ("idpat", "sgtin"): _with_indicator("01", "21"),
    ("idpat", "upui"): _with_indicator("01", "235"),
    ("idpat", "grai"): _serialized("8003", lead="0"),
    ("idpat", "gdti"): _serialized("253"),
    ("idpat", "sgcn"): _serialized("255"),
    ("idpat", "cpi"): _component,
    ("idpat", "itip"): _piece,
}
