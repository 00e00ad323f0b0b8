"""Labels: what scanners send is read whole and checked, or refused with its reason."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.connectors.gs1_dates import day_of
from chargehand.connectors.gs1_rules import CHECKED, EXCLUDES, NEEDS, mistakes, needs
from chargehand.connectors.gs1_syntax import (
    Element,
    Label,
    bracketed,
    digital_link,
    element_string,
    elements_of,
    label,
    read_label,
)
from chargehand.vocabulary.gs1 import Gtin, Sscc, check_digit
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TODAY = date(2026, 11, 20)
GTIN = "09521234543213"
LOT7 = ("01", GTIN), ("17", "270331"), ("10", "LOT7")
TEXT = st.text(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
    min_size=1,
    max_size=20,
)


def read(scan: str) -> Label:
    found = read_label(scan, today=TODAY)
    assert isinstance(found, Label), found
    return found


def pairs(found: Label) -> list[tuple[str, str]]:
    return [(one.ai, one.value) for one in found.elements]


@pytest.mark.parametrize(
    "scan",
    [
        "(01)09521234543213(17)270331(10)LOT7",
        "^01095212345432131727033110LOT7",
        "01095212345432131727033110LOT7",
        "]C101095212345432131727033110LOT7",
        "]d201095212345432131727033110LOT7",
        "]Q301095212345432131727033110LOT7",
        "]e001095212345432131727033110LOT7",
        "]d2010952123454321310LOT7\x1d17270331",
        "https://id.gs1.org/01/09521234543213/10/LOT7?17=270331",
        "]Q1https://shop.example/some/path/01/09521234543213/10/LOT7?17=270331&lang=en",
        "  01095212345432131727033110LOT7\r\n",
    ],
)
def test_one_label_in_every_form(scan):
    found = read(scan)
    assert sorted(pairs(found)) == sorted(LOT7)
    assert (found.gtin, found.lot, found.expires_on) == (GTIN, "LOT7", date(2027, 3, 31))


def test_a_label_is_written_in_every_form():
    elements = tuple(Element(ai, value) for ai, value in LOT7)
    assert element_string(elements) == "01095212345432131727033110LOT7"
    assert bracketed(elements) == "(01)09521234543213(17)270331(10)LOT7"
    assert digital_link(elements) == "https://id.gs1.org/01/09521234543213/10/LOT7?17=270331"
    late = (*elements[:1], elements[2], elements[1])
    assert element_string(late, fnc1="^") == "010952123454321310LOT7^17270331"


@given(lot=TEXT, serial=TEXT)
def test_whatever_a_lot_and_serial_hold_they_come_back(lot, serial):
    elements = elements_of(
        gtin=Gtin(GTIN), lot=lot, serial=serial, expires_on=date(2027, 2, 28), count=7
    )
    assert pairs(read("]d2" + element_string(elements))) == [(e.ai, e.value) for e in elements]
    assert sorted(pairs(read(digital_link(elements)))) == sorted((e.ai, e.value) for e in elements)
    assert pairs(read(bracketed(elements))) == [(e.ai, e.value) for e in elements]


def test_a_logistic_label():
    found = read("(02)09521234543213(37)24(00)195212345678900006(3302)001250")
    assert (found.content, found.count, found.sscc) == (GTIN, 24, "195212345678900006")
    assert found.gross_weight == Quantity(Decimal("12.5"), Unit.KILOGRAM)
    assert found.gtin is None
    assert digital_link(found.elements).startswith(
        "https://id.gs1.org/00/195212345678900006?02=09521234543213&"
    )
    made = elements_of(sscc=Sscc("195212345678900006"), content=Gtin(GTIN), count=24)
    assert bracketed(made) == "(00)195212345678900006(02)09521234543213(37)24"


@pytest.mark.parametrize(
    ("element", "field", "value"),
    [
        ("(17)270300", "expires_on", date(2027, 3, 31)),
        ("(17)280200", "expires_on", date(2028, 2, 29)),
        ("(17)760101", "expires_on", date(2076, 1, 1)),
        ("(17)770101", "expires_on", date(1977, 1, 1)),
        ("(11)260105", "made_on", date(2026, 1, 5)),
        ("(15)270105", "best_before", date(2027, 1, 5)),
        ("(7003)2703311230", "expires_time", time(12, 30)),
        ("(7003)2703311230", "expires_on", date(2027, 3, 31)),
        ("(3103)001500", "net_weight", Quantity(Decimal("1.5"), Unit.KILOGRAM)),
        ("(3100)000012", "net_weight", Quantity(Decimal(12), Unit.KILOGRAM)),
        ("(3151)000025", "volume", Quantity(Decimal("2.5"), Unit.LITRE)),
        ("(30)12", "count", 12),
        ("(21)A/7", "serial", "A/7"),
        ("(10)A\\(1)", "lot", "A(1)"),
    ],
)
def test_what_elements_mean(element, field, value):
    assert getattr(read(f"(01){GTIN}{element}"), field) == value


@pytest.mark.parametrize("scan", ["9521234543213", "]E09521234543213", "]I109521234543213"])
def test_a_bare_bar_code_of_trade_is_a_gtin(scan):
    assert pairs(read(scan)) == [("01", GTIN)]


@pytest.mark.parametrize(
    ("scan", "because"),
    [
        ("(01)09521234543214", "ends in 4 where 3 would fit"),
        ("https://id.gs1.org/01/09521234543214", "ends in 4 where 3 would fit"),
        ("9521234543214", "ends in 4 where 3 would fit"),
        ("(00)195212345678900007", "ends in 7 where 6 would fit"),
        ("(01)09521234543213(410)4012345000116", "ends in 6 where 5"),
        ("(10)LOT7", r"\(10\) says nothing without \(01\)"),
        ("(02)09521234543213(37)24", r"\(37\) says nothing without \(00\) and \(02\)"),
        ("(01)09521234543213(02)09521234543213(37)2(00)195212345678900006", "cannot stand"),
        (f"01{GTIN}10{'A' * 21}", "too long, or the FNC1"),
        (f"(01){GTIN}(10){'A' * 21}", "cannot hold"),
        (f"(01){GTIN}(17)271301", "17"),
        (f"(01){GTIN}(17)270231", "270231"),
        (f"(01){GTIN}(10)A(10)B", "stands twice"),
        (f"(01){GTIN}(3103)000100(3102)000200", "same measure twice"),
        (f"https://id.gs1.org/01/{GTIN}?17=270331&17=280331", "names an element twice"),
        (f"https://id.gs1.org/01/{GTIN}?9999=1", "one that is none"),
        ("https://chargehand.example/p/12", "no GS1 Digital Link"),
        ("(1)X", "not|hold"),
        (f"(01){GTIN}(1)0LOT7", r"\(1\) is not an identifier"),
        ("(01", "identifier in brackets"),
        ("]A0ABC-123", "not a symbol of GS1"),
        ("]E0LOT7", "holds 13 digits"),
        ("]E095212345432132", "holds 13 digits"),
        ("]E402345674", "would fit"),
        ("HtTps://example.com/01/12312312312333", "begins with no element"),
        ("LOT7", "begins with no element"),
        ("", "empty"),
    ],
)
def test_what_is_no_label_is_refused(scan, because):
    found = read_label(scan, today=TODAY)
    assert isinstance(found, Refusal)
    assert found.code is RefusalCode.UNREADABLE
    assert re.search(because, found.because), found.because


@given(st.text(max_size=60))
def test_no_scan_breaks_the_reader(scan):
    assert isinstance(read_label(scan, today=TODAY), Label | Refusal)


@given(st.text("()0123456789AB]Cd^\x1d", max_size=60))
def test_no_mangled_label_breaks_the_reader(scan):
    found = read_label(scan, today=TODAY)
    if isinstance(found, Label):
        assert label(found.elements, today=TODAY) == found


@pytest.mark.parametrize(
    ("today", "digits", "year"),
    [
        (2076, "270101", 2027),
        (2076, "260101", 2126),
        (2026, "760101", 2076),
        (2026, "770101", 1977),
    ],
)
def test_a_year_is_at_most_fifty_ahead(today, digits, year):
    assert day_of(digits, date(today, 1, 1)) == date(year, 1, 1)


def test_two_keys_are_no_single_link():
    elements = (Element("01", GTIN), Element("00", "195212345678900006"))
    with pytest.raises(ValueError, match="no Digital Link"):
        digital_link(elements)


# ----------------------------------------------------- vectors of the GS1 Syntax Engine's own tests


@pytest.mark.parametrize(
    "text",
    [
        "(400)ABC(400)ABC",
        "(99)ABC(400)XYZ(400)XYZ",
        "(02)12345678901231(37)123(00)123456789012345675",
        "(91)ABC(02)12345678901231(92)YYY(37)123(93)ZZZ(00)123456789012345675",
        "(21)ABC123(01)12345678901231",
        "(21)ABC123(8006)123456789012310510",
        "(01)12345678901231(21)XYZ999(250)ABC123",
        "^011231231231233310ABC123^99TESTING",
        "]d2011231231231233310ABC123\x1d99TESTING",
        "]e0011231231231233310ABC123\x1d99TESTING\x1d98XYZ",
        "]Q1HTTPS://example.com/01/12312312312333?99=TEST",
        "]d1https://example.com/01/12312312312333?99=TEST",
        "]E02112345678900",
        "]E402345673",
        "^800302112345678900ABC",
        "^800302112345678900^99ABC123",
    ],
)
def test_what_the_engine_takes_is_read(text):
    read(text)


@pytest.mark.parametrize(
    "text",
    [
        "(400)ABC(400)AB",
        "(400)ABC(99)DEF(400)XYZ",
        "(01)12345678901231(02)12345678901231",
        "(01)12345678901231(99)ABC123(02)12345678901231",
        "(01)12345678901231(255)5412345000150",
        "(01)12345678901231(37)123",
        "(21)ABC123(235)XYZ",
        "(02)12345678901231",
        "(02)12345678901231(37)123",
        "(21)ABC123",
        "(01)12345678901231(250)ABC123",
        "]d2",
        "]C1",
        "]E0",
        "]E0123456789012",
        "]E012345678901234",
        "]E01234ABC890123",
        "]E02112345678901",
        "]E402345674",
        "]Q1HtTps://example.com/01/12312312312333?99=TEST",
        "^800302112345678901ABC",
        "^800302112345678900ABCDEFGHIJKLMNOPQ",
        "^70072112252",
        "^700721122521123",
        "^72301212345678901234567890123456789",
        "^891234",
    ],
)
def test_what_the_engine_refuses_is_refused(text):
    assert isinstance(read_label(text, today=TODAY), Refusal)


# ------------------------------------------------------------- compared with GS1's own dictionary


@pytest.fixture(scope="module")
def dictionary(shared):
    """Each Application Identifier with its flags, form and rules."""
    found = {}
    text = (shared / "data/standards/gs1/gs1-syntax-dictionary.txt").read_text("utf-8")
    for line in text.splitlines():
        row = line.partition("#")[0].split()
        if row and row[0][0].isdigit():
            first, _, last = row[0].partition("-")
            for ai in range(int(first), int(last or first) + 1):
                found[str(ai).zfill(len(first))] = row[1:]
    return found


def rule(row, name):
    return next((part.partition("=")[2] for part in row if part.startswith(f"{name}=")), "")


def test_checked_digits_are_those_of_the_dictionary(dictionary):
    listed = {ai for ai, row in dictionary.items() if any("csum," in f"{p}," for p in row)}
    assert set(CHECKED) == listed
    for ai, length in CHECKED.items():
        key = "1" * (length - 1) + check_digit("1" * (length - 1))
        wrong = str((int(key[-1]) + 1) % 10)
        assert not [one for one in mistakes({ai: key}) if "would fit" in one]
        assert [one for one in mistakes({ai: key[:-1] + wrong}) if "would fit" in one]


def test_needs_and_exclusions_are_those_of_the_dictionary(dictionary):
    for ai in dictionary:
        if ai in NEEDS or (len(ai) == 4 and 310 <= int(ai[:3]) < 370):
            assert needs(ai) == rule(dictionary[ai], "req"), ai
    for ai, others in EXCLUDES.items():
        assert others == rule(dictionary[ai], "ex"), ai


def test_every_fixed_length_of_the_dictionary_needs_no_separator(dictionary):
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    wrong = [
        ai
        for ai, row in dictionary.items()
        if GS1ApplicationIdentifier.extract(ai).separator_required == row[0].startswith("*")
    ]
    assert not wrong
