"""Promotion: what a decision must have shown before it may do more, and who signs for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from chargehand.governance.submission import Check

ONE_SIDED_95 = 1.6448536269514722
"""Quantile of the normal distribution that 95 % lie below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRule:
    """What has to be shown before a phase is raised. The defaults hold where nothing is said."""

    decisions: frozenset[str] = frozenset({"*"})
    sites: frozenset[str] = frozenset({"*"})
    days_min: int = 30
    """Days that the decision must have been watched for."""
    count_min: int = 50
    """Measured proposals."""
    accuracy_min: float = 0.95
    """Share that turned out right (fraction); its lower bound is held against it."""
    override_rate_max: float | None = 0.2
    """Share of decided proposals that people rejected or changed (fraction)."""
    signatures: int = 2
    roles: frozenset[str] = frozenset()
    """Who may sign; empty: the administrators of the policy."""
    clause: str = "promotions (default)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What has been seen of a decision at a place."""

    days: float
    """Since its first measured proposal."""
    measured: int
    right: int
    decided: int
    overridden: int
    """Rejected or changed by people."""


def lower_bound(hits: int, total: int, z: float = ONE_SIDED_95) -> float:
    """Wilson's lower bound of a share, one-sided at 95 % (fraction); 0 where nothing was seen.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), 209-212.

    >>> round(lower_bound(50, 50), 3), round(lower_bound(52, 52), 3)
    (0.949, 0.951)
    """
    if total == 0:
        return 0.0
    share, square = hits / total, z * z
    middle = share + square / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, (middle - spread) / (1 + square / total))


def shown(record: TrackRecord, rule: PromotionRule) -> tuple[Check, ...]:
    """What a track record shows for a promotion, one check for each thing that the rule asks."""
    bound = lower_bound(record.right, record.measured)
    share = record.right / record.measured if record.measured else 0.0
    checks = [
        Check(
            clause=f"{rule.clause}.days_min",
            passed=record.days >= rule.days_min,
            text=f"watched for {record.days:.0f} days, {rule.days_min} asked",
        ),
        Check(
            clause=f"{rule.clause}.count_min",
            passed=record.measured >= rule.count_min,
            text=f"{record.measured} measured, {rule.count_min} asked",
        ),
        Check(
            clause=f"{rule.clause}.accuracy_min",
            passed=bound >= rule.accuracy_min,
            text=f"{record.right} of {record.measured} right ({share:.1%}); at least {bound:.1%}"
            f" with 95 % confidence, {rule.accuracy_min:.0%} asked",
        ),
    ]
    if rule.override_rate_max is not None:
        rate = record.overridden / record.decided if record.decided else 0.0
        checks.append(
            Check(
                clause=f"{rule.clause}.override_rate_max",
                passed=rate <= rule.override_rate_max,
                text=f"people overruled {record.overridden} of {record.decided} ({rate:.0%}),"
                f" {rule.override_rate_max:.0%} allowed",
            )
        )
    return tuple(checks)
