"""What a scanner or a keyboard gives from a GS1 label: read, checked, and written again.

Element strings with FNC1 as group separator (or ``^``), with or without the scanner's symbology
identifier (``]C1``, ``]d2``, ``]Q3``, ``]e0``); the text in brackets below a bar code; GS1 Digital
Link URIs; and the digits of a bare bar code of trade. biip knows the Application Identifiers and
their forms; what it lets pass is checked here: check digits, elements that need or exclude each
other, values that are too long, and elements that stand twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chargehand.connectors.gs1_dates import clock_of, day_of
from chargehand.connectors.gs1_rules import mistakes
from chargehand.vocabulary.gs1 import GTIN_LENGTHS, Gtin, Sscc, gtin, sscc
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementString

GS: Final = "\x1d"
"""Group separator: how scanners write FNC1."""
_WITH_ELEMENTS: Final = {"]C1", "]d2", "]Q3", "]e0", "]J1", "]e1", "]e2"}
"""GS1-128, GS1 DataMatrix, GS1 QR Code, GS1 DataBar, GS1 DotCode, Composite."""
_WITH_GTIN: Final = {"]E0": 13, "]E4": 8, "]I1": 14}
"""EAN-13 and UPC, EAN-8, ITF-14, and how many digits each holds."""
_MEASURES: Final = {
    "310": ("net_weight", Unit.KILOGRAM),
    "330": ("gross_weight", Unit.KILOGRAM),
    "311": ("length", Unit.METRE),
    "315": ("volume", Unit.LITRE),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element: an Application Identifier and its value, as written on the label."""

    ai: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a label says. Everything is in ``elements``; what has a name of ours is named."""

    elements: tuple[Element, ...]
    gtin: Gtin | None = None
    """The trade item (01)."""
    content: Gtin | None = None
    """The trade items inside a logistic unit (02)."""
    sscc: Sscc | None = None
    """The logistic unit (00)."""
    lot: LotId | None = None
    serial: str | None = None
    count: int | None = None
    """Trade items in the unit (37), or pieces in the trade item (30)."""
    made_on: date | None = None
    best_before: date | None = None
    expires_on: date | None = None
    """Last day of use (17, 7003)."""
    expires_time: time | None = None
    """Time of that day (7003), by the local clock."""
    net_weight: Quantity | None = None
    gross_weight: Quantity | None = None
    length: Quantity | None = None
    volume: Quantity | None = None


class _Fault(ValueError):
    """What is wrong with the text."""


def read_label(scan: str, *, today: date) -> Label | Refusal:
    """Read one scan.

    Parameters
    ----------
    scan
        What the scanner sent, or a person typed.
    today
        Decides the century of two-digit years: at most 50 years ahead, 49 back.
    """
    try:
        return label(_elements(scan.strip(" \t\r\n")), today=today)
    except _Fault as fault:
        return _refused(f"{scan!r}: {fault}")


def label(elements: tuple[Element, ...], *, today: date) -> Label | Refusal:
    """The label that elements make, or why they make none."""
    values: dict[str, str] = {}
    for element in elements:
        if values.setdefault(element.ai, element.value) != element.value:
            return _refused(f"({element.ai}) stands twice, with different values")
    if found := list(mistakes(values)):
        return _refused("; ".join(found))
    try:
        expires = values.get("7003", "")
        return Label(
            elements=elements,
            gtin=gtin(values["01"]) if "01" in values else None,
            content=gtin(values["02"]) if "02" in values else None,
            sscc=sscc(values["00"]) if "00" in values else None,
            lot=LotId(values["10"]) if "10" in values else None,
            serial=values.get("21"),
            count=int(values["37"] if "37" in values else values["30"])
            if values.keys() & {"37", "30"}
            else None,
            made_on=day_of(values.get("11"), today),
            best_before=day_of(values.get("15"), today),
            expires_on=day_of(expires[:6] or values.get("17"), today),
            expires_time=clock_of(expires[6:]),
            **_measures(values),
        )
    except ValueError as error:
        return _refused(str(error))


def elements_of(
    *,
    gtin: Gtin | None = None,
    content: Gtin | None = None,
    sscc: Sscc | None = None,
    expires_on: date | None = None,
    count: int | None = None,
    lot: str | None = None,
    serial: str | None = None,
) -> tuple[Element, ...]:
    """The elements of a label to print, those of fixed length first as GS1 advises."""
    expires = expires_on.strftime("%y%m%d") if expires_on else None
    counted = None if count is None else str(count)
    said = (
        ("00", sscc), ("01", gtin), ("02", content), ("17", expires),
        ("37" if sscc else "30", counted), ("10", lot), ("21", serial),
    )  # fmt: skip
    return tuple(Element(ai, value) for ai, value in said if value)


def element_string(elements: tuple[Element, ...], *, fnc1: str = GS) -> str:
    """Write elements as a bar code holds them, with FNC1 where a value's end would not show."""
    found = [_parsed(element) for element in elements]
    ends = [fnc1 if one.ai.separator_required else "" for one in found]
    ends[-1:] = [""]
    return "".join(one.ai.ai + one.value + end for one, end in zip(found, ends, strict=True))


def bracketed(elements: tuple[Element, ...]) -> str:
    """Write elements as people read them below a bar code."""
    return "".join(f"({one.ai}){one.value.replace('(', chr(92) + '(')}" for one in elements)


def digital_link(elements: tuple[Element, ...], *, domain: str = "id.gs1.org") -> str:
    """Write elements as a GS1 Digital Link URI.

    Raises ``ValueError`` where there is not exactly one key among them.
    """
    from biip import EncodeError
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI
    from biip.gs1_element_strings import GS1ElementStrings

    found = GS1ElementStrings(_parsed(element) for element in elements)
    try:
        return GS1DigitalLinkURI.from_element_strings(found).as_uri(domain=domain)
    except EncodeError as error:
        raise ValueError(f"{bracketed(elements)} is no Digital Link: {error}") from error


def _elements(scan: str) -> tuple[Element, ...]:
    body, symbology = scan, ""
    if scan.startswith("]"):
        symbology, body = scan[:3], scan[3:]
    if body.startswith(("https://", "http://", "HTTPS://", "HTTP://")):
        return _linked(body)
    due = _WITH_GTIN.get(symbology)
    is_length = len(body) in GTIN_LENGTHS if not symbology else len(body) == due
    if is_length and body.isascii() and body.isdigit():
        return (Element("01", _trade_item(body)),)
    if due is not None:
        raise _Fault(f"{symbology} holds {due} digits, and {body!r} is something else")
    if symbology and symbology not in _WITH_ELEMENTS:
        raise _Fault(f"{symbology} is not a symbol of GS1, and it holds no Digital Link")
    if body.startswith("("):
        return tuple(_in_brackets(body))
    if body.startswith("^"):
        body = body.replace("^", GS)
    return tuple(_in_row(body))


def _trade_item(digits: str) -> str:
    try:
        return gtin(digits)
    except ValueError as error:
        raise _Fault(str(error)) from error


def _in_row(body: str) -> list[Element]:
    from biip import ParseError
    from biip.gs1_element_strings import GS1ElementString

    found: list[Element] = []
    rest = body.strip(GS)
    while rest:
        try:
            one = GS1ElementString.extract(rest)
        except ParseError as error:
            raise _Fault(f"{rest!r} begins with no element of GS1") from error
        rest = rest[len(one.ai.ai) + len(one.value) :]
        if one.ai.separator_required and rest and not rest.startswith(GS):
            raise _Fault(f"({one.ai.ai}) is too long, or the FNC1 behind it is missing: {rest!r}")
        rest = rest.removeprefix(GS)
        found.append(Element(one.ai.ai, one.value))
    if not found:
        raise _Fault("it is empty")
    return found


def _in_brackets(body: str) -> list[Element]:
    found: list[Element] = []
    for part in body.replace("\\(", "\0").split("(")[1:]:
        ai, closed, value = part.partition(")")
        element = Element(ai, value.replace("\0", "("))
        if not closed or not ai.isdigit():
            raise _Fault(
                f"({part!r} is not an identifier in brackets; write a bracket in a value \\("
            )
        _parsed(element)
        found.append(element)
    return found


def _linked(uri: str) -> tuple[Element, ...]:
    from urllib.parse import parse_qsl, urlsplit

    from biip import ParseError
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI

    try:
        keys = [key for key, _ in parse_qsl(urlsplit(uri).query) if key.isdigit()]
        found = GS1DigitalLinkURI.parse(uri).element_strings
    except (ParseError, ValueError) as error:
        raise _Fault(f"it is no GS1 Digital Link: {error}") from error
    strange = set(keys) - {one.ai.ai for one in found}
    if strange or len(keys) != len(set(keys)):
        raise _Fault(f"the query {', '.join(keys)} names an element twice, or one that is none")
    return tuple(Element(one.ai.ai, one.value) for one in found)


def _parsed(element: Element) -> GS1ElementString:
    from biip import ParseError
    from biip.gs1_element_strings import GS1ElementString

    try:
        one = GS1ElementString.parse(element.ai + element.value)
    except ParseError as error:
        raise _Fault(f"({element.ai}) cannot hold {element.value!r}") from error
    if one.ai.ai != element.ai:
        raise _Fault(f"({element.ai}) is not an identifier of GS1")
    return one


def _measures(values: dict[str, str]) -> dict[str, Quantity]:
    found = {}
    for ai, value in values.items():
        if len(ai) == 4 and ai[:3] in _MEASURES:  # noqa: PLR2004
            name, unit = _MEASURES[ai[:3]]
            found[name] = Quantity(Decimal(value).scaleb(-int(ai[3])), unit)
    return found


def _refused(because: str) -> Refusal:
    return Refusal(code=RefusalCode.UNREADABLE, because=f"not a label of GS1: {because}")
