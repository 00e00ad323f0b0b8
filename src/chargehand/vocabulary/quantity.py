"""Exact amounts of material, each with its unit of measure.

Amounts are ``Decimal``, so ten movements of 0.1 kg make exactly 1 kg. Unit codes are those of
UN/ECE Recommendation 20, which GS1 EPCIS 2.0 uses for ``uom``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

SCALE = 1_000_000
"""Amounts are stored as whole millionths of their unit, which both engines add exactly."""
AMOUNT_MAX = Decimal(9_000_000_000_000)
"""Largest amount that still fits a signed 64-bit integer of millionths."""


class Unit(StrEnum):
    """Units of measure, by UN/ECE Recommendation 20 code.

    Packages (codes beginning with X) are those of Recommendation 21 in the form that
    Recommendation 20 gives them; what one holds is each material's own affair.
    """

    PIECE = "H87"
    SET = "SET"
    PAIR = "PR"
    DOZEN = "DZN"
    KILOGRAM = "KGM"
    GRAM = "GRM"
    MILLIGRAM = "MGM"
    TONNE = "TNE"
    POUND = "LBR"
    OUNCE = "ONZ"
    METRE = "MTR"
    CENTIMETRE = "CMT"
    MILLIMETRE = "MMT"
    INCH = "INH"
    FOOT = "FOT"
    SQUARE_METRE = "MTK"
    SQUARE_CENTIMETRE = "CMK"
    SQUARE_FOOT = "FTK"
    CUBIC_METRE = "MTQ"
    LITRE = "LTR"
    MILLILITRE = "MLT"
    GALLON = "GLL"
    """The gallon of the United States."""
    HOUR = "HUR"
    MINUTE = "MIN"
    SECOND = "SEC"
    PACKAGE = "XPK"
    BOX = "XBX"
    CARTON = "XCT"
    CASE = "XCS"
    BAG = "XBG"
    CRATE = "XCR"
    DRUM = "XDR"
    ROLL = "XRO"
    REEL = "XRL"
    TRAY = "XPU"
    PALLET = "XPX"


def amount(scaled: int) -> Decimal:
    """The amount behind a stored whole number of millionths."""
    whole, rest = divmod(scaled, SCALE)
    return Decimal(whole) if rest == 0 else (Decimal(scaled) / SCALE).normalize()


class UnitMismatch(ArithmeticError):
    """Two quantities in different units were added or compared: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of one unit, such as 12.5 KGM. It may be negative: a ledger leg that takes away.

    >>> Quantity.parse("0.1 KGM") + Quantity.parse("0.2 KGM")
    Quantity(amount=Decimal('0.3'), unit=<Unit.KILOGRAM: 'KGM'>)
    """

    amount: Decimal
    unit: Unit = Unit.PIECE

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"amount must be a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError(f"amount must be finite, not {self.amount}")
        if abs(self.amount) > AMOUNT_MAX:
            raise ValueError(f"amount {self.amount} is beyond {AMOUNT_MAX}")

    @classmethod
    def pieces(cls, count: int) -> Quantity:
        """A whole number of pieces."""
        return cls(Decimal(count), Unit.PIECE)

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read ``"12.5 KGM"``; the inverse of ``str``."""
        amount, unit = text.split()
        return cls(Decimal(amount), Unit(unit))

    def scaled(self) -> int:
        """Return the amount in whole millionths; ``ValueError`` where it is finer than that."""
        scaled = self.amount * SCALE
        whole = int(scaled)
        if whole != scaled:
            raise ValueError(f"{self.amount} is finer than a millionth of {self.unit}")
        return whole

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    def __neg__(self) -> Quantity:
        return Quantity(-self.amount, self.unit)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.amount + self._same_unit(other), self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.amount - self._same_unit(other), self.unit)

    def __lt__(self, other: Quantity) -> bool:
        return self.amount < self._same_unit(other)

    def __le__(self, other: Quantity) -> bool:
        return self.amount <= self._same_unit(other)

    def _same_unit(self, other: Quantity) -> Decimal:
        if self.unit is not other.unit:
            raise UnitMismatch(f"{self} and {other}")
        return other.amount
