"""Exact conversion of amounts between units: by fractions, never by floats, never rounded.

Physical units convert by their definitions (SI; the international pound, inch and the gallon of
the United States). Everything else is a material's own: what a carton holds, what a piece weighs.
Pairs and dozens are left to the material too, because a table without a column of units means
pieces, and 10 gloves must not become 5 pairs by themselves.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, gcd
from types import MappingProxyType

from chargehand.vocabulary.quantity import AMOUNT_MAX, SCALE, Quantity, Unit, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TERM_MAX = 1_000_000_000_000
"""Largest numerator or denominator of a conversion; beyond it somebody mistyped."""
DIGITS_MAX = 100
"""Most decimal places that an amount may have to be converted."""
SCALED_MAX = int(AMOUNT_MAX) * SCALE

_INCH = Fraction(254, 10_000)
PHYSICAL: Mapping[str, Mapping[Unit, Fraction]] = MappingProxyType(
    {
        "mass": {
            Unit.KILOGRAM: Fraction(1),
            Unit.GRAM: Fraction(1, 1_000),
            Unit.MILLIGRAM: Fraction(1, 1_000_000),
            Unit.TONNE: Fraction(1_000),
            Unit.POUND: Fraction(45_359_237, 100_000_000),
            Unit.OUNCE: Fraction(45_359_237, 1_600_000_000),
        },
        "length": {
            Unit.METRE: Fraction(1),
            Unit.CENTIMETRE: Fraction(1, 100),
            Unit.MILLIMETRE: Fraction(1, 1_000),
            Unit.INCH: _INCH,
            Unit.FOOT: 12 * _INCH,
        },
        "area": {
            Unit.SQUARE_METRE: Fraction(1),
            Unit.SQUARE_CENTIMETRE: Fraction(1, 10_000),
            Unit.SQUARE_FOOT: (12 * _INCH) ** 2,
        },
        "volume": {
            Unit.CUBIC_METRE: Fraction(1),
            Unit.LITRE: Fraction(1, 1_000),
            Unit.MILLILITRE: Fraction(1, 1_000_000),
            Unit.GALLON: 231 * _INCH**3,
        },
        "time": {
            Unit.HOUR: Fraction(1),
            Unit.MINUTE: Fraction(1, 60),
            Unit.SECOND: Fraction(1, 3_600),
        },
    }
)
"""Size of each physical unit, in the first one of its dimension (exact by definition)."""

Edges = Mapping[Unit, tuple[tuple[Unit, Fraction], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitConversion:
    """How much of one unit of a material another one is: 1 carton = 24 pieces, 1 piece = 137 g.

    One ``from_unit`` is ``numerator / denominator`` of ``to_unit``, kept in lowest terms.

    >>> str(UnitConversion.parse("1 XCT = 24 H87"))
    '1 XCT = 24 H87'
    >>> UnitConversion.parse("3 XPK = 7 KGM").rate
    Fraction(7, 3)
    """

    from_unit: Unit
    to_unit: Unit
    numerator: int
    denominator: int = 1

    def __post_init__(self) -> None:
        if self.from_unit is self.to_unit:
            raise ValueError(f"a conversion needs two units, not {self.from_unit} twice")
        if self.numerator < 1 or self.denominator < 1:
            raise ValueError(
                "numerator and denominator of a conversion are whole numbers above 0, not"
                f" {self.numerator} and {self.denominator}"
            )
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)
        if max(self.numerator, self.denominator) > TERM_MAX:
            raise ValueError(f"{self} needs numbers above {TERM_MAX:,}: look for a typing mistake")

    @property
    def rate(self) -> Fraction:
        """Amount of ``to_unit`` that one ``from_unit`` is."""
        return Fraction(self.numerator, self.denominator)

    @classmethod
    def parse(cls, text: str) -> UnitConversion:
        """Read ``"1 H87 = 0.137 KGM"``; the inverse of ``str``. ``ValueError`` where it is none."""
        sides = text.split("=")
        if len(sides) != 2:  # noqa: PLR2004 - two sides
            raise ValueError(f"{text!r} is no conversion: write one such as 1 XCT = 24 H87")
        try:
            left, right = (Quantity.parse(side) for side in sides)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(
                f"{text!r} is no conversion ({error}): write one such as 1 XCT = 24 H87"
            ) from error
        if left.amount <= 0 or right.amount <= 0:
            raise ValueError(f"{text!r} is no conversion: both amounts must be above 0")
        rate = Fraction(right.amount) / Fraction(left.amount)
        return cls(
            from_unit=left.unit,
            to_unit=right.unit,
            numerator=rate.numerator,
            denominator=rate.denominator,
        )

    def __str__(self) -> str:
        if (plain := _plain(self.rate)).count("/") == 0:
            return f"1 {self.from_unit} = {plain} {self.to_unit}"
        return f"{self.denominator} {self.from_unit} = {self.numerator} {self.to_unit}"


def factor(
    from_unit: Unit, to_unit: Unit, conversions: Iterable[UnitConversion] = ()
) -> Fraction | Refusal:
    """How much of one unit another is, over as many conversions as it takes.

    Refused where none leads there (what is missing is named), or where two ways disagree.

    >>> packs = [UnitConversion.parse(one) for one in ("1 XPX = 40 XCT", "1 XCT = 24 H87")]
    >>> factor(Unit.PALLET, Unit.PIECE, packs)
    Fraction(960, 1)
    """
    return _factor(from_unit, to_unit, tuple(conversions))


@lru_cache(maxsize=4096)
def _factor(
    from_unit: Unit, to_unit: Unit, conversions: tuple[UnitConversion, ...]
) -> Fraction | Refusal:
    sizes, fault = _reach(from_unit, _edges(conversions))
    if fault is not None:
        return Refusal(code=RefusalCode.CONVERSION_AMBIGUOUS, because=fault)
    if to_unit in sizes:
        return sizes[to_unit]
    own = [unit for unit in sorted(sizes) if unit is from_unit or not _is_physical(unit)]
    return Refusal(
        code=RefusalCode.UNIT_MISMATCH,
        because=f"no conversion leads from {from_unit} to {to_unit}: say how many {to_unit} make"
        f" 1 {' or 1 '.join(own)}",
    )


def convert(
    quantity: Quantity, to_unit: Unit, conversions: Iterable[UnitConversion] = ()
) -> Quantity | Refusal:
    """The same amount in another unit, exact to the millionth, or why there is none.

    >>> convert(Quantity.parse("250 GRM"), Unit.KILOGRAM)
    Quantity(amount=Decimal('0.25'), unit=<Unit.KILOGRAM: 'KGM'>)
    >>> convert(Quantity.parse("1 SEC"), Unit.HOUR).because
    '1 SEC is no exact amount of HUR: 0.9972 SEC = 0.000277 HUR or 1.0008 SEC = 0.000278 HUR'
    """
    if quantity.unit is to_unit:
        return quantity
    rate, told = factor(quantity.unit, to_unit, conversions), _told(quantity)
    if isinstance(rate, Refusal):
        return rate
    if isinstance(told, Refusal):
        return told
    scaled = told * rate * SCALE
    if abs(scaled) > SCALED_MAX:
        because = f"{quantity} is more than {AMOUNT_MAX:,} {to_unit}"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    if scaled.denominator == 1:
        return Quantity(amount(scaled.numerator), to_unit)
    pairs = _near(told, quantity.unit, to_unit, rate)
    return Refusal(
        code=RefusalCode.CONVERSION_INEXACT,
        because=f"{quantity} is no exact amount of {to_unit}: "
        + " or ".join(f"{one} = {other}" for one, other in pairs),
    )


def nearest_exact(
    quantity: Quantity, to_unit: Unit, conversions: Iterable[UnitConversion] = ()
) -> tuple[tuple[Quantity, Quantity], ...] | Refusal:
    """The next amounts below and above that convert exactly, each in both units.

    One alone where the amount itself is exact, or where its neighbor is too large to be kept.

    >>> weight = [UnitConversion.parse("1 H87 = 0.137 KGM")]
    >>> for told, exact in nearest_exact(Quantity.parse("10 KGM"), Unit.PIECE, weight):
    ...     print(told, "=", exact)
    9.999904 KGM = 72.992 H87
    10.000041 KGM = 72.993 H87
    """
    rate, told = factor(quantity.unit, to_unit, conversions), _told(quantity)
    if isinstance(rate, Refusal):
        return rate
    if isinstance(told, Refusal):
        return told
    return _near(told, quantity.unit, to_unit, rate)


def contradiction(conversions: Iterable[UnitConversion]) -> str | None:
    """Say where conversions disagree with each other or with physics; None where they agree."""
    own = tuple(conversions)
    return _contradiction(own) if own else None


@lru_cache(maxsize=4096)
def _contradiction(own: tuple[UnitConversion, ...]) -> str | None:
    edges = _edges(own)
    # Every disagreement lies in the reach of a conversion: physical units agree among themselves.
    faults = (_reach(unit, edges)[1] for unit in sorted({one.from_unit for one in own}))
    return next((fault for fault in faults if fault is not None), None)


def _near(
    told: Fraction, from_unit: Unit, to_unit: Unit, rate: Fraction
) -> tuple[tuple[Quantity, Quantity], ...]:
    # In lowest terms, a whole number of millionths stays whole exactly when the denominator
    # divides it.
    step = rate.denominator
    below = floor(told * SCALE / step) * step
    found = []
    for scaled in (below, below + step) if below != told * SCALE else (below,):
        exact = scaled // step * rate.numerator
        if max(abs(scaled), abs(exact)) <= SCALED_MAX:
            pair = Quantity(amount(scaled), from_unit), Quantity(amount(exact), to_unit)
            found.append(pair)
    return tuple(found)


def _told(quantity: Quantity) -> Fraction | Refusal:
    exponent = quantity.amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -DIGITS_MAX:
        return Fraction(quantity.amount)
    because = f"an amount of {quantity.unit} has more than {DIGITS_MAX} decimal places"
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


def _is_physical(unit: Unit) -> bool:
    return any(unit in sizes for sizes in PHYSICAL.values())


def _edges(conversions: Iterable[UnitConversion]) -> Edges:
    edges: dict[Unit, set[tuple[Unit, Fraction]]] = defaultdict(set)
    for one in conversions:
        edges[one.from_unit].add((one.to_unit, one.rate))
        edges[one.to_unit].add((one.from_unit, 1 / one.rate))
    for sizes in PHYSICAL.values():
        base = next(iter(sizes))
        for unit, size in sizes.items():
            if unit is not base:
                edges[unit].add((base, size))
                edges[base].add((unit, 1 / size))
    # Sorted, so that neither answers nor texts depend on the order of the conversions.
    return {unit: tuple(sorted(found)) for unit, found in edges.items()}


def _reach(start: Unit, edges: Edges) -> tuple[dict[Unit, Fraction], str | None]:
    """Every unit that can be reached, with how much of it one ``start`` is; and a disagreement."""
    sizes, waiting = {start: Fraction(1)}, deque([start])
    faults = []
    while waiting:
        unit = waiting.popleft()
        for other, rate in edges.get(unit, ()):
            size = sizes[unit] * rate
            if other not in sizes:
                sizes[other] = size
                waiting.append(other)
            elif sizes[other] != size:
                one, two = map(_plain, sorted((sizes[other], size)))
                faults.append(f"1 {start} is {one} {other} one way and {two} {other} another")
    # One disagreement shows in several units: the shortest sentence has the roundest numbers.
    return sizes, min(faults, key=lambda text: (len(text), text), default=None)


def _plain(size: Fraction) -> str:
    """A fraction as people write it: as a decimal where it ends, else as a quotient."""
    scaled = size * SCALE
    ends = scaled.denominator == 1 and scaled <= SCALED_MAX
    return str(amount(scaled.numerator)) if ends else str(size)
