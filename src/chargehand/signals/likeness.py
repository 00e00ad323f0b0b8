"""When two signals say the same: however their amounts are written."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, TypeVar

T = TypeVar("T")

DIGITS = 400
EXACT = Context(prec=2 * DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
"""Wide enough that no amount is rounded."""


def plainest(value: T) -> T:
    """The same value with its amounts written one way, so that 8 and 8.0 are the same text.

    A value that is written so already is returned as it is.

    >>> plainest(Decimal("8.0")), plainest(Decimal("1E+2")), plainest((Decimal("-0.00"), "8.0"))
    (Decimal('8'), Decimal('100'), (Decimal('0'), '8.0'))
    """
    plain: Any = value
    if isinstance(value, Decimal):
        plain = _plain(value)
    elif isinstance(value, tuple):
        parts = tuple(plainest(one) for one in value)
        plain = parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            part = getattr(value, field.name)
            if (after := plainest(part)) is not part:
                changed[field.name] = after
        plain = replace(value, **changed) if changed else value
    return plain  # type: ignore[no-any-return]


def _plain(amount: Decimal) -> Decimal:
    plain = amount.normalize(EXACT) if amount else Decimal(0)
    _, _, exponent = plain.as_tuple()
    if isinstance(exponent, int) and 0 < exponent < DIGITS:
        plain = plain.quantize(Decimal(1), context=EXACT)
    return amount if plain.as_tuple() == amount.as_tuple() else plain
