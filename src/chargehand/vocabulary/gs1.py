"""Keys of GS1: what is a trade item, a logistic unit or a place in the whole world's eyes.

A key's last digit checks the others (GS1 General Specifications, section 7.9), so that one digit
read wrong never becomes another item. Keys are kept in one form: a GTIN always has 14 digits.

>>> gtin("9521234543213")
'09521234543213'
>>> sscc("195212345678900006")
'195212345678900006'
"""

from __future__ import annotations

from typing import NewType

Gtin = NewType("Gtin", str)
Sscc = NewType("Sscc", str)
Gln = NewType("Gln", str)

GTIN_LENGTHS = (8, 12, 13, 14)
"""Digits of a GTIN as printed; all are one number with zeros in front."""
PREFIX_LENGTHS = range(4, 13)
"""Digits of a GS1 Company Prefix."""
_SSCC_BODY = 16
"""Digits of an SSCC between its extension digit and its check digit."""


def check_digit(body: str) -> str:
    """The digit that belongs behind the others.

    From the right the digits weigh 3, 1, 3, 1 ...; the check digit fills the sum up to a multiple
    of ten (GS1 General Specifications 7.9.1). ``ValueError`` where there is anything but digits.

    >>> check_digit("0952123454321")
    '3'
    """
    if not _all_digits(body):
        raise ValueError(f"{body!r} is not a row of digits")
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(body)))
    return str(-total % 10)


def check(key: str, what: str) -> None:
    """Raise ``ValueError`` where the last digit of a key does not fit the others.

    >>> check("09521234543214", "GTIN")
    Traceback (most recent call last):
        ...
    ValueError: GTIN 09521234543214 ends in 4 where 3 would fit: one of its digits was read wrong
    """
    if not _all_digits(key):
        raise ValueError(f"{what} {key!r} is not a row of digits")
    due = check_digit(key[:-1])
    if key[-1] != due:
        raise ValueError(
            f"{what} {key} ends in {key[-1]} where {due} would fit: one of its digits was read"
            " wrong"
        )


def gtin(text: str) -> Gtin:
    """Read a GTIN of 8, 12, 13 or 14 digits; return it with 14.

    Raises ``ValueError`` where the length or the check digit is wrong.
    """
    key = text.strip()
    if len(key) not in GTIN_LENGTHS:
        raise ValueError(f"GTIN {key!r} has {len(key)} characters, and a GTIN 8, 12, 13 or 14")
    check(key, "GTIN")
    return Gtin(key.zfill(GTIN_LENGTHS[-1]))


def sscc(text: str) -> Sscc:
    """Read the 18 digits of a logistic unit's key.

    Raises ``ValueError`` where the length or the check digit is wrong.
    """
    return Sscc(_of_length(text, "SSCC", 18))


def gln(text: str) -> Gln:
    """Read the 13 digits of a party's or a place's key.

    Raises ``ValueError`` where the length or the check digit is wrong.
    """
    return Gln(_of_length(text, "GLN", 13))


def build_sscc(prefix: str, serial: int, *, extension: int = 0) -> Sscc:
    """The key of a new logistic unit.

    Parameters
    ----------
    prefix
        The company's GS1 Company Prefix, 4 to 12 digits.
    serial
        Serial reference: the company's own number of the unit, never used twice.
    extension
        First digit, 0 to 9, which only makes room for more numbers.

    Raises ``ValueError`` where the number does not fit behind the prefix.

    >>> build_sscc("9521234", 567890000, extension=1)
    '195212345678900006'
    """
    if not _all_digits(prefix) or len(prefix) not in PREFIX_LENGTHS:
        raise ValueError(f"company prefix {prefix!r} is not 4 to 12 digits")
    if extension not in range(10):
        raise ValueError(f"extension digit {extension} is not 0 to 9")
    room = _SSCC_BODY - len(prefix)
    if not 0 <= serial < 10**room:
        raise ValueError(
            f"serial reference {serial} does not fit the {room} digits behind prefix {prefix}:"
            " raise the extension digit and start again from 0"
        )
    body = f"{extension}{prefix}{serial:0{room}d}"
    return Sscc(body + check_digit(body))


def _of_length(text: str, what: str, length: int) -> str:
    key = text.strip()
    if len(key) != length:
        raise ValueError(f"{what} {key!r} has {len(key)} characters, not {length}")
    check(key, what)
    return key


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
