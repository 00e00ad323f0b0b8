"""Forecast each supplier's lead time as a distribution, and how late it delivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from typing import Final, Literal

from chargehand.vocabulary.distribution import LEAD_TIME_POINTS_MAX, LeadTimeDistribution

Weighted = list[tuple[float, float]]
"""Days with their weight."""

RECENT_OF_SUPPLIER: Final = 60
"""Newest deliveries of a supplier that are looked at."""

RECENT_OF_ALL: Final = 400
"""Newest deliveries of all suppliers that are pooled."""

PRIOR_WEIGHT: Final = 3.0
"""Deliveries that the pool, or the declared time, counts as."""

CALIBRATIONS: Final = 6
CALIBRATION_DAYS: Final = 180
"""The bound is calibrated on the last 6 half-years; shorter windows lag behind drift."""

EVIDENCE_MIN: Final = 20
"""Deliveries without which a ratio of all suppliers is not trusted."""

_LEVEL: Final = 0.9
_Z_95: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is known of one delivery; `None` where the source does not say."""

    supplier: str
    ordered_on: date | None
    promised_on: date | None
    delivered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierPerformance:
    """How reliably a supplier delivers.

    Parameters
    ----------
    supplier
        Who.
    deliveries
        Deliveries with a promised day (count).
    late_fraction
        Share of them that came after it (fraction).
    late_days_mean
        Mean delay of those that came late (days).
    late_fraction_upper
        Wilson's upper 95 % bound of the share: few deliveries prove little (fraction).
    """

    supplier: str
    deliveries: int
    late_fraction: float
    late_days_mean: float
    late_fraction_upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Experience:
    """Lead times by the end of one day."""

    own: Mapping[str, list[int]]
    pool: Weighted
    ratios: Weighted
    declared_days: Mapping[str, int]

    def weighted_days(self, supplier: str) -> Weighted:
        """Return the supplier's own lead times, shrunk towards what is likely without them."""
        own = self.own.get(supplier, [])[-RECENT_OF_SUPPLIER:]
        declared = self.declared_days.get(supplier)
        if declared is None:
            prior = self.pool
        else:
            prior = [(declared * ratio, weight) for ratio, weight in self.ratios]
        total = len(own) + PRIOR_WEIGHT
        each = [(float(days), 1 / total) for days in own]
        return sorted(each + [(days, weight * PRIOR_WEIGHT / total) for days, weight in prior])


def forecast_lead_times(
    deliveries: Sequence[Delivery], *, declared_days: Mapping[str, int]
) -> dict[str, LeadTimeDistribution]:
    r"""Return the lead-time distribution of every supplier that anything is known about.

    A supplier's newest deliveries count 1 each, the prior `PRIOR_WEIGHT`: the declared days times
    the ratio of actual to declared days of all suppliers, or the pool of all suppliers where
    nothing is declared. Deliveries without a day of order, or delivered before it, are left out.

    The 90 % bound is the distribution's .9 quantile times a conformal factor. At the start of each
    past half-year the bound of every supplier was computed from the deliveries known by then; the
    factor is the :math:`\lceil 0.9 (n + 1) \rceil`-th smallest of the ratios
    :math:`\text{actual} / \text{bound}` of the orders placed after it. Dividing by the supplier's
    own bound makes suppliers comparable. "Now" is the day after the newest delivery.

    Parameters
    ----------
    deliveries
        In any order.
    declared_days
        Lead time in the master data of each supplier (days).

    References
    ----------
    Papadopoulos et al., "Inductive confidence machines for regression", ECML 2002 (split
    conformal); Barber et al., "Conformal prediction beyond exchangeability", 2023 (drift).

    Examples
    --------
    >>> known = forecast_lead_times([], declared_days={"Acme": 21})
    >>> known["Acme"].days, known["Acme"].basis, known["Acme"].q90_days
    ((21,), 'declared', 21)
    """
    timed = sorted(
        (delivery.delivered_on, delivery.ordered_on, delivery.supplier)
        for delivery in deliveries
        if delivery.ordered_on is not None and delivery.ordered_on <= delivery.delivered_on
    )
    now = _experience(timed, declared_days)
    factor = _conformal_factor(timed, declared_days)
    suppliers = {delivery.supplier for delivery in deliveries} | set(declared_days)
    return {
        supplier: _distribution(now, supplier, factor)
        for supplier in sorted(suppliers)
        if supplier in declared_days or timed
    }


def _experience(
    timed: Sequence[tuple[date, date, str]], declared_days: Mapping[str, int]
) -> _Experience:
    own: dict[str, list[int]] = defaultdict(list)
    for delivered_on, ordered_on, supplier in timed:
        own[supplier].append((delivered_on - ordered_on).days)
    recent = timed[-RECENT_OF_ALL:]
    counts: dict[str, int] = defaultdict(int)
    for _, _, supplier in recent:
        counts[supplier] += 1
    # by root count: neither one big supplier alone nor every tiny one like it
    pool = _normalized(
        ((delivered - ordered).days, 1 / sqrt(counts[supplier]))
        for delivered, ordered, supplier in recent
    )
    ratios = [
        ((delivered - ordered).days / declared_days[supplier], 1 / sqrt(counts[supplier]))
        for delivered, ordered, supplier in recent
        if declared_days.get(supplier, 0) > 0
    ]
    is_enough = len(ratios) >= EVIDENCE_MIN
    return _Experience(
        own=own,
        pool=pool,
        ratios=_normalized(ratios) if is_enough else [(1.0, 1.0)],
        declared_days=declared_days,
    )


def _normalized(weighted: Iterable[tuple[float, float]]) -> Weighted:
    items = list(weighted)
    total = sum(weight for _, weight in items)
    return [(value, weight / total) for value, weight in items]


def _conformal_factor(
    timed: Sequence[tuple[date, date, str]], declared_days: Mapping[str, int]
) -> float:
    if not timed:
        return 1.0
    now = timed[-1][0] + timedelta(days=1)
    ratios: list[float] = []
    for back in range(CALIBRATIONS, 0, -1):
        start = now - timedelta(days=CALIBRATION_DAYS * back)
        end = start + timedelta(days=CALIBRATION_DAYS)
        before = [item for item in timed if item[0] < start]
        if len(before) < 3 * EVIDENCE_MIN:
            continue
        known = _experience(before, declared_days)
        bounds: dict[str, float] = {}
        for delivered, ordered, supplier in timed:
            if start <= ordered < end:
                if supplier not in bounds:
                    bounds[supplier] = _quantile(known.weighted_days(supplier), _LEVEL)
                ratios.append((delivered - ordered).days / max(1.0, bounds[supplier]))
    if len(ratios) < EVIDENCE_MIN:
        return 1.0
    return sorted(ratios)[min(len(ratios), ceil(_LEVEL * (len(ratios) + 1))) - 1]


def _quantile(weighted: Weighted, level: float) -> float:
    reached = 0.0
    for days, weight in weighted:
        reached += weight
        if reached >= level - 1e-9:
            return days
    return weighted[-1][0]


def _distribution(known: _Experience, supplier: str, factor: float) -> LeadTimeDistribution:
    weighted = known.weighted_days(supplier)
    points = _points(weighted)
    observations = len(known.own.get(supplier, []))
    basis: Literal["supplier", "pooled", "declared"] = "pooled"
    if observations >= PRIOR_WEIGHT:
        basis = "supplier"
    elif supplier in known.declared_days:
        basis = "declared"
    return LeadTimeDistribution(
        days=tuple(points),
        probabilities=tuple(points.values()),
        basis=basis,
        observations=observations,
        q90_days=ceil(factor * _quantile(weighted, _LEVEL) - 1e-9),
    )


def _points(weighted: Weighted) -> dict[int, float]:
    """Join ascending days to at most 12 groups of like probability, each at its mean."""
    groups: list[Weighted] = [[] for _ in range(LEAD_TIME_POINTS_MAX)]
    reached = 0.0
    for days, weight in weighted:
        group = min(LEAD_TIME_POINTS_MAX - 1, int((reached + weight / 2) * LEAD_TIME_POINTS_MAX))
        groups[group].append((days, weight))
        reached += weight
    points: dict[int, float] = defaultdict(float)
    for members in groups:
        total = sum(weight for _, weight in members)
        if total > 0:
            points[round(sum(days * weight for days, weight in members) / total)] += total
    every = sum(points.values())
    return {days: chance / every for days, chance in sorted(points.items())}


def supplier_performance(deliveries: Sequence[Delivery]) -> dict[str, SupplierPerformance]:
    r"""Return how late each supplier was, from the deliveries that had a promised day.

    The upper bound is Wilson's, with :math:`z = 1.645` and :math:`n` deliveries of which
    :math:`\hat p` were late:

    .. math:: \frac{\hat p + z^2 / 2n + z \sqrt{\hat p (1 - \hat p) / n + z^2 / 4 n^2}}{1 + z^2 / n}

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", *Journal of the
    American Statistical Association* 22 (1927).

    Examples
    --------
    >>> from datetime import date
    >>> on_time = Delivery(supplier="Acme", ordered_on=None, promised_on=date(2026, 3, 2),
    ...                    delivered_on=date(2026, 3, 2))
    >>> round(supplier_performance([on_time] * 10)["Acme"].late_fraction_upper, 3)
    0.213
    """
    delays: dict[str, list[int]] = defaultdict(list)
    for delivery in deliveries:
        promised = delivery.promised_on
        delays[delivery.supplier].extend(
            [] if promised is None else [max(0, (delivery.delivered_on - promised).days)]
        )
    return {supplier: _performance(supplier, days) for supplier, days in sorted(delays.items())}


def _performance(supplier: str, delays: Sequence[int]) -> SupplierPerformance:
    count, late = len(delays), [days for days in delays if days > 0]
    share = len(late) / count if count else 0.0
    upper = 1.0
    if count:
        square = _Z_95**2 / count
        spread = _Z_95 * sqrt(share * (1 - share) / count + square / (4 * count))
        upper = min(1.0, (share + square / 2 + spread) / (1 + square))
    return SupplierPerformance(
        supplier=supplier,
        deliveries=count,
        late_fraction=share,
        late_days_mean=sum(late) / len(late) if late else 0.0,
        late_fraction_upper=upper,
    )
