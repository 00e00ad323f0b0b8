"""Amounts as the floor types them: read with point or comma, and doubted where they cannot be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from chargehand.vocabulary.quantity import AMOUNT_MAX

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import TaskRow

CURE = "Write digits, such as 12, 0.5 or 0,5."
DOUBTED_FROM = Decimal(100)
"""Up to this amount nothing is asked: a slip would be small."""
DOUBTED_TIMES = 10
"""So many times what the record holds is rather a slip of the finger than a find."""
WINDOWS_MAX = 100
WINDOW = 100
DIGITS = re.compile(r"[0-9]*[.,]?[0-9]+", re.ASCII)
UNCLEAR = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
"""A comma before three digits: thousands to some people, a decimal comma to others."""


def read(text: str) -> Decimal | str:
    """Read an amount; what is wrong with it where it is none.

    >>> read("12,5"), read("1,200")
    (Decimal('12.5'), "'1,200' is not clear: write 1200 or 1.2.")
    """
    typed = text.strip()
    if UNCLEAR.fullmatch(typed):
        small = typed.replace(",", ".").rstrip("0").rstrip(".")
        return f"{typed!r} is not clear: write {typed.replace(',', '')} or {small}."
    if not DIGITS.fullmatch(typed):
        return f"{typed[:20]!r} is not an amount."
    amount = Decimal(typed.replace(",", "."))
    return amount if amount <= AMOUNT_MAX else f"{typed[:20]!r} is too large."


def is_doubtful(plant: Plant, task: str, amount: Decimal) -> bool:
    """Whether a count is far above what could be there; a move is checked by the plant itself."""
    if amount <= DOUBTED_FROM:
        return False
    row = _open_task(plant, task)
    return row is not None and row.quantity is None and amount > DOUBTED_TIMES * _held(plant, row)


def _open_task(plant: Plant, key: str) -> TaskRow | None:
    after = None
    for _ in range(WINDOWS_MAX):
        window = plant.tasks(after=after, limit=WINDOW)
        found = next((row for row in window.rows if row.key == key), None)
        after = window.next
        if found is not None or after is None:
            return found
    return None


def _held(plant: Plant, row: TaskRow) -> Decimal:
    """What the record holds at the place of a count."""
    place = row.from_location or row.to_location
    stock = plant.stock(site=row.site, material=row.material, location=place, limit=WINDOW).rows
    return sum((line.on_hand for line in stock), Decimal(0))
