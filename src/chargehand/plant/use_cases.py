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
from chargehand.record.baseline import Position, positions, short_orders
from chargehand.record.readiness import COUNT_DAYS, SiteRecord
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import TransactionType

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

RISKS: Final[Mapping[TransactionType, tuple[int, str]]] = {
    TransactionType.COUNT: (1, "low: a count changes nothing but the record"),
    TransactionType.REPLENISHMENT: (1, "low: a move inside the plant can be moved back"),
    TransactionType.STAGING: (1, "low: a move inside the plant can be moved back"),
    TransactionType.PARAMETER_CHANGE: (2, "medium: a wrong level acts until it is seen"),
    TransactionType.TRANSFER: (2, "medium: another site goes without the material"),
    TransactionType.REQUISITION: (3, "high: it spends money"),
}
"""How bad a wrong one is, by the riskiest thing that a decision can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a decision may be worth at one site, and how that was reckoned."""

    base: dict[str, Decimal]
    """What the assumption applies to, by currency."""
    assumed: Range
    how: str
    not_counted: str


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


def _priced(found: Sequence[Position]) -> tuple[list[Position], str]:
    priced = [p for p in found if p.unit_cost is not None]
    return priced, f"{len(found) - len(priced):,} materials without a cost"


def _worth(position: Position, amount: Decimal) -> Money:
    assert position.unit_cost is not None
    return Money.of(position.unit_cost.amount * amount, position.unit_cost.currency)


def _replenishment(record: SiteRecord) -> Estimate:
    due, without = _priced(
        [
            p
            for p in positions(record)
            if p.material in record.stock and p.is_below_minimum and p.used_last_year > 0
        ]
    )
    return Estimate(
        base=_by_currency([_worth(p, p.used_last_year) for p in due]),
        assumed=PREMIUM,
        how=f"a year's use of the {len(due):,} materials at or below their reorder point with"
        " nothing ordered in time, bought in a rush at a premium of 25 % (10 to 50 %)",
        not_counted=f"downtime; {without}",
    )


def _parameters(record: SiteRecord) -> Estimate:
    moving = [p for p in positions(record) if p.used_last_year > 0 and p.on_hand > 0]
    ample, without = _priced([p for p in moving if p.on_hand > AMPLE_YEARS * p.used_last_year])
    surplus = [_worth(p, p.on_hand - AMPLE_YEARS * p.used_last_year) for p in ample]
    return Estimate(
        base=_by_currency(surplus),
        assumed=CARRYING,
        how=f"a year's holding cost of 20 % (15 to 25 %) of what {len(ample):,} materials have"
        " beyond two years of use",
        not_counted=f"shortages that better levels avoid; stock without use; {without}",
    )


def _reservation(record: SiteRecord) -> Estimate:
    costs, unknown = [], 0
    for order in short_orders(record):
        machine = record.assets.get(record.orders[order].asset)
        cost = None if machine is None else machine.downtime_cost_per_hour
        if cost is None:
            unknown += 1
        else:
            costs.append(cost)
    return Estimate(
        base=_by_currency(costs),
        assumed=WAIT_HOURS,
        how=f"once, {len(costs):,} open orders whose parts are not free: 4 hours (1 to 8) of their"
        " machine's downtime cost",
        not_counted=f"{unknown:,} such orders whose machine has no downtime cost; second trips",
    )


def _counting(record: SiteRecord) -> Estimate:
    old = record.as_of - timedelta(days=COUNT_DAYS)
    uncounted = [
        p
        for p in positions(record)
        if p.on_hand > 0
        and any(
            at.counted_at is None or at.counted_at.date() < old for at in record.stock[p.material]
        )
    ]
    priced, without = _priced(uncounted)
    return Estimate(
        base=_by_currency([_worth(p, p.on_hand) for p in priced]),
        assumed=RECORD_ERROR,
        how=f"once, 2 % (1 to 5 %) of the value of {len(priced):,} materials not counted within a"
        " year",
        not_counted=f"shortages that a wrong record causes; {without}",
    )


VALUES: Final[Mapping[str, Callable[[SiteRecord], Estimate]]] = {
    "mro_replenishment": _replenishment,
    "reorder_parameters": _parameters,
    "part_reservation": _reservation,
    "cycle_count": _counting,
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
        risk = max((RISKS[t] for t in decision.transactions), default=(3, "not known"))
        level, complexity = _complexity(blocked.get(decision.name, ()), degraded[decision.name])
        case = UseCase(
            rank=0, decision=decision.name, title=decision.title, value=value, interval=interval,
            how=how, not_counted=left_out, complexity=complexity, risk=risk[1],
        )  # fmt: skip
        cases.append(((-size, level, risk[0], decision.name), case))
    cases.sort(key=lambda pair: pair[0])
    return tuple(replace(case, rank=place) for place, (_, case) in enumerate(cases, 1))


def _complexity(blocked: Sequence[str], degraded: int) -> tuple[int, str]:
    if blocked:
        return 3, f"high: records are missing altogether at {', '.join(blocked)}"
    if degraded:
        return 2, f"medium: {degraded:,} gaps make it worse, and its static rule fills them"
    return 1, "low: its records are complete"


def _value(name: str, records: Sequence[SiteRecord]) -> tuple[str, str, str, str, Decimal]:
    rule = VALUES.get(name)
    if rule is None or not records:
        because = "there is no rule to value it from the record"
        return "not known", "", because, "all of it", Decimal(-1)
    estimates = [(record.site, rule(record)) for record in records]
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for _, estimate in estimates:
        for currency, amount in estimate.base.items():
            totals[currency] += amount
    how = "; ".join(f"{site}: {estimate.how}" for site, estimate in estimates)
    left_out = "; ".join(f"{site}: {estimate.not_counted}" for site, estimate in estimates)
    size = max(totals.values(), default=Decimal(0))
    if not size:
        return "not known", "", how, left_out, Decimal(-1)
    low, middle, high = (_sum(totals, factor) for factor in estimates[0][1].assumed)
    return middle, f"{low} to {high}", how, left_out, size * estimates[0][1].assumed[1]


def _sum(totals: Mapping[str, Decimal], factor: Decimal) -> str:
    return " and ".join(str(Money.of(a * factor, c)) for c, a in sorted(totals.items()))
