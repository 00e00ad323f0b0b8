"""Compare what stock levels cost in a year: holding, ordering, running out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import ceil

from chargehand.optimization import wording
from chargehand.optimization.grammar import counted
from chargehand.optimization.levels import (
    DAYS_PER_YEAR,
    HOLDING_RATE,
    REVIEW_DAYS,
    STOCK_YEARS_MAX,
    Levels,
    Stakes,
)
from chargehand.optimization.position import plain_amount
from chargehand.optimization.replenishment import PartCase, Study, longest_harmless_wait, study
from chargehand.optimization.sourcing import ORDER_COST
from chargehand.optimization.stocking import LeadTimeDemand
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import ParameterChange


@dataclass(frozen=True, slots=True, kw_only=True)
class YearlyCost:
    """A year with given levels."""

    stock_value: float
    """Average value of the stock (money)."""
    stockouts: float
    """Units expected to be missing in a year."""
    service_level: float
    """Chance that demand in a lead time is covered (fraction)."""
    total: float
    """Holding, ordering and missing units (money)."""


def yearly_cost(
    reorder_point: float,
    order_up_to: float,
    demand: LeadTimeDemand,
    stakes: Stakes,
) -> YearlyCost:
    r"""Return what levels :math:`s` and :math:`S` cost in a year.

    .. math:: h\,(s - \mu + n + Q/2) + (K + p\,n)\,\lambda / Q, \quad Q = S - s

    with holding cost :math:`h` a unit and year, demand :math:`\mu` and expected shortage :math:`n`
    in a lead time, order cost :math:`K`, cost :math:`p` of a missing unit, and yearly demand
    :math:`\lambda`. Stock is counted as at least 0.

    Parameters
    ----------
    reorder_point, order_up_to
        The levels (units); an order is at least one unit.
    demand
        Units demanded from an order to its receipt.
    stakes
        What a unit costs, there and missing, and how fast units are used.

    References
    ----------
    Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019), section 5.4.

    Examples
    --------
    >>> part = Stakes(unit_cost=100.0, criticality=0.0, downtime_cost_per_day=0.0,
    ...               demand_per_day=4 / 365.25, currency="EUR")
    >>> always_one = LeadTimeDemand(pmf=(0.0, 1.0), mean=1.0)
    >>> year = yearly_cost(1, 5, always_one, part)  # one order of 4, none missing
    >>> round(year.stock_value), year.stockouts, round(year.total)
    (200, 0.0, 85)
    """
    point = int(reorder_point)
    quantity = max(1.0, order_up_to - reorder_point)
    orders = stakes.demand_per_day * DAYS_PER_YEAR / quantity
    short = demand.expected_shortage(point)
    stock = max(0.0, point - demand.mean + short + quantity / 2)
    value = stock * stakes.unit_cost
    missing = orders * short
    total = value * HOLDING_RATE + orders * float(ORDER_COST) + missing * stakes.missing_cost
    return YearlyCost(
        stock_value=value,
        stockouts=missing,
        service_level=demand.cdf(point),
        total=total,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """The present levels of a part against the computed ones."""

    case: PartCase
    figures: Study
    levels: Levels
    point: Decimal | None
    up_to: Decimal | None
    """The present levels, where both are set."""
    now: YearlyCost
    after: YearlyCost

    @property
    def saving(self) -> float:
        """What the computed levels save (money per year)."""
        return self.now.total - self.after.total

    @property
    def at_present(self) -> str:
        """What the computed levels are compared with, in a word or two."""
        return "now" if self.point is not None else "ordered only when none is left"

    @property
    def days(self) -> int:
        """One lead time and review: after it demand can be compared (days)."""
        return ceil(self.figures.lead_time.mean_days()) + REVIEW_DAYS

    @property
    def chance(self) -> float:
        """Chance of a demand from `low` to `high` in that time (fraction)."""
        demand = self.levels.demand
        return round(demand.cdf(self.high) - demand.cdf(self.low - 1), 4)

    @property
    def low(self) -> int:
        """Demand that one lead time in twenty stays below (units)."""
        return self.levels.demand.quantile(0.05)

    @property
    def high(self) -> int:
        """Demand that one lead time in twenty exceeds (units)."""
        return self.levels.demand.quantile(0.95)

    def action(self) -> ParameterChange:
        """The change; its cost is the value of the stock that it adds."""
        return ParameterChange(
            site=self.case.part.site,
            zone=self.case.part.zone,
            material=self.case.material.material,
            reorder_point=Decimal(self.levels.reorder_point),
            order_up_to=Decimal(self.levels.order_up_to),
            reorder_point_before=self.point,
            order_up_to_before=self.up_to,
            cost=self.figures.stakes.money(self.after.stock_value - self.now.stock_value),
        )

    def reasons(self) -> Iterator[str]:
        """Why, as sentences, the decisive one first."""
        now, after, money = self.now, self.after, self.figures.stakes.money
        yield (
            f"It saves {money(self.saving)} a year: holding, ordering and missing units cost"
            f" {money(after.total)} a year, {self.at_present} {money(now.total)}."
        )
        level = "" if self.point is None else f", now {now.service_level:.1%}"
        yield (
            f"{after.stockouts:.2f} units are expected to be missing a year, {self.at_present}"
            f" {now.stockouts:.2f}; a lead time is covered with {after.service_level:.1%}"
            f" chance{level}."
        )
        yield (
            f"Stock is worth {money(after.stock_value)} on average, {self.at_present}"
            f" {money(now.stock_value)}."
        )
        if self.figures.offers:
            yield wording.wait_text(self.figures.offers[0])
        is_rated = self.case.material.criticality is not None
        yield wording.stakes_text(self.figures.stakes, self.case.stoppage, is_rated=is_rated)

    def inaction(self) -> str:
        """The saving missed until it is measured, and in a year, as a sentence."""
        money, until = self.figures.stakes.money, self.case.as_of + timedelta(days=self.days)
        what = "Without levels" if self.point is None else "With the present levels"
        return (
            f"{what} it costs {money(self.saving * self.days / DAYS_PER_YEAR)} more until"
            f" {until:%Y-%m-%d} ({money(self.saving)} a year), with {self.now.stockouts:.2f} units"
            " expected to be missing a year."
        )

    def alternatives(self) -> Iterator[tuple[str, Money, str]]:
        """What else could be done: what, its cost in a year, and why it was not proposed."""
        money, levels = self.figures.stakes.money, self.levels
        more = f"A year costs {money(self.saving)} more."
        yield "Keep the present levels (cost of a year).", money(self.now.total), more
        point, up_to = levels.reorder_point, levels.order_up_to
        lower = max(0, point - max(1, levels.safety_stock // 2))
        for other, top in ((lower, up_to), (point, up_to + levels.quantity)):
            if (other, top) == (point, up_to):
                continue
            year = yearly_cost(other, top, levels.demand, self.figures.stakes)
            covered, worth = f"{year.service_level:.1%}", money(year.stock_value)
            why = f"It covers a lead time with {covered} chance; stock is worth {worth}."
            if year.total <= self.after.total:
                why = f"Demand for {STOCK_YEARS_MAX:g} years is the most that is kept."
            yield f"Reorder at {other} up to {top} (cost of a year).", money(year.total), why

    def flips(self) -> Iterator[str]:
        """What would have to be different for the present levels to be right, as sentences."""
        stakes, mean = self.figures.stakes, self.figures.lead_time.mean_days()
        present = (self.point or Decimal(0)) + 1
        days = longest_harmless_wait(self.case, self.figures, present)
        if days is not None and days < mean:
            shorter = counted(days, "day")
            yield f"If the lead time were {shorter} or less (it is {mean:.0f} on average)."
        fewer = self.now.stockouts - self.after.stockouts
        is_now = f"(it is taken to cost {stakes.money(stakes.missing_cost)})"
        if abs(fewer) * stakes.missing_cost > self.saving:
            even = stakes.money(stakes.missing_cost - self.saving / fewer)
            yield f"If a missing unit cost {even} or {'less' if fewer > 0 else 'more'} {is_now}."
        more = (self.after.stock_value - self.now.stock_value) / stakes.unit_cost
        price = stakes.unit_cost + self.saving / (more * HOLDING_RATE) if more else 0.0
        if price > 0:
            bound = f"{stakes.money(price)} or {'more' if more > 0 else 'less'}"
            yield f"If a unit cost {bound} (it is {stakes.money(stakes.unit_cost)})."

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """Lines of the record: what, now, and after."""
        now, after, money = self.now, self.after, self.figures.stakes.money
        point = "not set" if self.point is None else plain_amount(self.point)
        up_to = "not set" if self.up_to is None else plain_amount(self.up_to)
        yield "Reorder point", point, str(self.levels.reorder_point)
        yield "Order up to", up_to, str(self.levels.order_up_to)
        level = "not set" if self.point is None else f"{now.service_level:.1%}"
        yield "Service level", level, f"{after.service_level:.1%}"
        yield "Missing a year", f"{now.stockouts:.2f}", f"{after.stockouts:.2f}"
        yield "Stock value", str(money(now.stock_value)), str(money(after.stock_value))


def compare_levels(case: PartCase) -> LevelChange:
    """Return the present levels against the computed ones; the case has a forecast and no stock.

    Where no levels are set, the present is ordering when nothing is left.
    """
    figures = study(case)
    levels = figures.levels
    assert levels is not None, "a case without stock is never plainly enough"
    point = case.levels.reorder_point if case.levels else None
    up_to = case.levels.order_up_to if case.levels else None
    is_set = point is not None and up_to is not None
    low, high = (float(point or 0), float(up_to or 0)) if is_set else (0.0, float(levels.quantity))
    return LevelChange(
        case=case,
        figures=figures,
        levels=levels,
        point=point if is_set else None,
        up_to=up_to if is_set else None,
        now=yearly_cost(low, high, levels.demand, figures.stakes),
        after=yearly_cost(levels.reorder_point, levels.order_up_to, levels.demand, figures.stakes),
    )
