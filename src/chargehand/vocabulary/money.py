"""Sums of money, each with its currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
CODE_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Money:
    """An exact sum in one currency (ISO 4217), such as 12.50 EUR.

    >>> Money.of("2.5") * 3
    Money(amount=Decimal('7.50'), currency='EUR')
    """

    amount: Decimal
    currency: str = "EUR"

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"a sum of money must be finite, not {self.amount}")
        if len(self.currency) != CODE_LENGTH or not self.currency.isupper():
            raise ValueError(f"currency must be an ISO 4217 code, not {self.currency!r}")

    @classmethod
    def of(cls, amount: float | str | Decimal, currency: str = "EUR") -> Money:
        """Round an amount to the cent."""
        return cls(Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same_currency(other), self.currency)

    def __mul__(self, factor: float | Decimal) -> Money:
        return Money.of(self.amount * Decimal(str(factor)), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same_currency(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same_currency(other)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,.2f}"

    def _same_currency(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise ArithmeticError(f"{self} and {other} are in different currencies")
        return other.amount


ZERO = Money(Decimal("0.00"))
