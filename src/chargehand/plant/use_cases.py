"""Which decisions are worth switching on first: by value, by complexity, by risk.

A value rests on the record and on a few assumptions, which are named with every figure; where the
record does not carry it, there is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from chargehand.decisions.decision import Decision
from chargehand.governance.risk import LEVELS, UNKNOWN, stakes_of
from chargehand.record.baseline import Position, positions, short_orders
from chargehand.record.readiness import COUNT_DAYS, SiteRecord
from chargehand.vocabulary.money import Money

Range = tuple[Decimal, Decimal, Decimal]
"""Low, middle and high."""

CARRYING: Final[Range] = (Decimal("0.15"), Decimal("0.20"), Decimal("0.25"))
"""Assumed cost of holding stock for a year (fraction of its value)."""
PREMIUM: Final[Range] = (Decimal("0.10"), Decimal("0.25"), Decimal("0.50"))
"""Assumed premium of buying in a rush (fraction of the price)."""
WAIT_HOURS: Final[Range] = (Decimal(1), Decimal(4), Decimal(8))
"""Assumed time that a machine waits for a part that is not there (hours)."""
RECORD_ERROR: Final[Range] = (Decimal("0.01"), Decimal("0.02"), Decimal("0.05"))
"""Assumed share of the value of long uncounted stock that is not there or not recorded."""
AMPLE_YEARS: Final = 2
"""Stock beyond so many years of use is more than any lead time asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a decision's assumption applies to at one site."""

    base: dict[str, Decimal]
    """Sum by currency."""
    counted: int
    """Materials or orders in it."""
    left_out: int
    """Materials or orders that lack a cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """How one kind of decision is valued."""

    estimate: Callable[[SiteRecord], Estimate]
    assumed: Range
    how: str
    """With ``{}`` for the number counted."""
    not_counted: str
    """With ``{}`` for the number left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """One kind of decision as a candidate to be switched on."""

    rank: int
    decision: str
    title: str
    value: str
    interval: str
    how: str
    not_counted: str
    complexity: str
    risk: str


def _by_currency(amounts: Sequence[Money]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        sums[money.currency] += money.amount
    return dict(sums)


def _estimate(amounts: Sequence[tuple[Position, Decimal]]) -> Estimate:
    worth = [
        Money.of(p.unit_cost.amount * amount, p.unit_cost.currency)
        for p, amount in amounts
        if p.unit_cost is not None
    ]
    return Estimate(
        base=_by_currency(worth), counted=len(worth), left_out=len(amounts) - len(worth)
    )


def _replenishment(record: SiteRecord) -> Estimate:
    due = [
        p
        for p in positions(record)
        if p.material in record.stock and p.is_below_minimum and p.used_last_year > 0
    ]
    return _estimate(
        [(p, (p.order_up_to or p.reorder_point or Decimal(1)) - p.free - p.on_order) for p in due]
    )


def _parameters(record: SiteRecord) -> Estimate:
    moving = [p for p in positions(record) if p.used_last_year > 0]
    ample = [(p, p.on_hand - AMPLE_YEARS * p.used_last_year) for p in moving]
    return _estimate([(p, surplus) for p, surplus in ample if surplus > 0])


def _reservation(record: SiteRecord) -> Estimate:
    short = short_orders(record)
    machines = [record.assets.get(record.orders[order].asset) for order in short]
    costs = [
        machine.downtime_cost_per_hour
        for machine in machines
        if machine is not None and machine.downtime_cost_per_hour is not None
    ]
    return Estimate(base=_by_currency(costs), counted=len(costs), left_out=len(short) - len(costs))


def _counting(record: SiteRecord) -> Estimate:
    old = record.as_of - timedelta(days=COUNT_DAYS)
    return _estimate(
        [
            (p, p.on_hand)
            for p in positions(record)
            if p.on_hand > 0
            and any(
                at.on_hand and (at.counted_at is None or at.counted_at.date() < old)
                for at in record.stock[p.material]
            )
        ]
    )


VALUATIONS: Final[Mapping[str, Valuation]] = {
    "mro_replenishment": Valuation(
        estimate=_replenishment,
        assumed=PREMIUM,
        how="once: {} materials in use are at or below their reorder point; filling them up in a"
        " rush costs 25 % more (10 to 50 %)",
        not_counted="what a shortage stops; {} materials without a cost",
    ),
    "reorder_parameters": Valuation(
        estimate=_parameters,
        assumed=CARRYING,
        how="a year: holding what {} materials have beyond two years of use costs 20 % of its value"
        " (15 to 25 %)",
        not_counted="shortages that better levels avoid; stock without use; {} materials without a"
        " cost",
    ),
    "part_reservation": Valuation(
        estimate=_reservation,
        assumed=WAIT_HOURS,
        how="once: the parts of {} open orders are not all free; their machines wait 4 hours"
        " (1 to 8)",
        not_counted="second trips; {} orders whose machine has no downtime cost",
    ),
    "cycle_count": Valuation(
        estimate=_counting,
        assumed=RECORD_ERROR,
        how="once: 2 % (1 to 5 %) of the value of {} materials not counted within a year is wrong",
        not_counted="shortages that a wrong record causes; {} materials without a cost",
    ),
}

_BETTER_WITH: Final = ("issues", "sources", "deliveries", "materials")
USES: Final[Mapping[str, tuple[str, ...]]] = {
    "mro_replenishment": (*_BETTER_WITH, "stocking", "locations", "maintenance_orders", "assets"),
    "reorder_parameters": (*_BETTER_WITH, "stocking", "assets"),
    "part_reservation": ("materials", "stock", "locations", "sources", "deliveries", "assets"),
    "cycle_count": ("materials", "issues", "locations"),
}
"""Kinds of tables whose gaps make a decision worse, beyond those it cannot do without."""


def topics_of(decision: Decision[Any]) -> frozenset[str]:
    """Return the kinds of tables that a decision reads."""
    return frozenset({*decision.needs, *USES.get(decision.name, ())})


def rank(
    decisions: Sequence[Decision[Any]],
    records: Sequence[SiteRecord],
    blocked: Mapping[str, Sequence[str]],
    degraded: Mapping[str, int],
) -> tuple[UseCase, ...]:
    """Return the decisions, the one to begin with first.

    By value (what cannot be valued comes last), then complexity, then risk.

    Parameters
    ----------
    decisions
        All kinds of decision.
    records
        The sites that are looked at.
    blocked, degraded
        By decision: sites where it cannot answer, and findings that make it worse (count).
    """
    cases = []
    for decision in decisions:
        value, interval, how, left_out, size = _value(decision.name, records)
        risk = _risk(decision)
        level, complexity = _complexity(blocked.get(decision.name, ()), degraded[decision.name])
        case = UseCase(
            rank=0, decision=decision.name, title=decision.title, value=value, interval=interval,
            how=how, not_counted=left_out, complexity=complexity, risk=risk[1],
        )  # fmt: skip
        cases.append(((-size, level, risk[0], decision.name), case))
    cases.sort(key=lambda pair: pair[0])
    return tuple(replace(case, rank=place) for place, (_, case) in enumerate(cases, 1))


def _risk(decision: Decision[Any]) -> tuple[int, str]:
    """How bad a wrong one is, by the riskiest thing that a decision can do."""
    found = [stakes_of(one) for one in decision.transactions] or [UNKNOWN]
    worst = max(found, key=lambda one: LEVELS.index(one.risk))
    return LEVELS.index(worst.risk), f"{worst.risk}: {worst.because}"


def _complexity(blocked: Sequence[str], degraded: int) -> tuple[int, str]:
    if blocked:
        return 3, f"high: records are missing altogether at {', '.join(blocked)}"
    if degraded:
        return 2, f"medium: records with gaps ({degraded:,} findings), which its static rule fills"
    return 1, "low: its records are complete"


def _value(name: str, records: Sequence[SiteRecord]) -> tuple[str, str, str, str, Decimal]:
    valuation = VALUATIONS.get(name)
    if valuation is None or not records:
        because = "there is no rule to value it from the record"
        return "not known", "", because, "all of it", Decimal(-1)
    estimates = [valuation.estimate(record) for record in records]
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for estimate in estimates:
        for currency, amount in estimate.base.items():
            totals[currency] += amount
    how = valuation.how.format(f"{sum(e.counted for e in estimates):,}")
    left_out = valuation.not_counted.format(f"{sum(e.left_out for e in estimates):,}")
    size = max(totals.values(), default=Decimal(0))
    if not size:
        return "not known", "", how, left_out, Decimal(-1)
    low, middle, high = (_sum(totals, factor) for factor in valuation.assumed)
    return middle, f"{low} to {high}", how, left_out, size * valuation.assumed[1]


def _sum(totals: Mapping[str, Decimal], factor: Decimal) -> str:
    return " and ".join(str(Money.of(a * factor, c)) for c, a in sorted(totals.items()))
