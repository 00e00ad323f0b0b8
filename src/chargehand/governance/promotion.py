"""Promotion: what a decision must have shown before it may do more, and who signs for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from chargehand.governance.phase import Phase
from chargehand.governance.submission import Check
from chargehand.vocabulary.money import Money

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
class Signing:
    """So many people sign for a promotion, the proposer not among them."""

    count: int
    roles: tuple[str, ...]
    """Whose holders may sign; empty: the administrators of the policy."""
    clause: str
    """The rule that asks for it."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a text would have cleared by itself over the last weeks, beside the text in force."""

    days: int
    """Days back that were looked at."""
    seen: int
    """Proposals made in that time."""
    cleared_before: int
    """What the text in force would have cleared."""
    cleared_after: int
    """What the new text would have cleared."""
    sum_before: tuple[Money, ...] = ()
    """Their cost, one sum for each currency."""
    sum_after: tuple[Money, ...] = ()
    measured_after: int = 0
    """Of what the new text would have cleared: whose outcome is known."""
    wrong_after: int = 0
    wrong: tuple[str, ...] = ()
    """Numbers of those that turned out wrong, at most twenty."""
    more: tuple[str, ...] = ()
    """Numbers of those that only the new text would have cleared, at most twenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for raising one phase: a decision at a site and zone (``*`` is any other)."""

    decision: str
    site: str
    zone: str
    before: Phase
    after: Phase
    record: TrackRecord | None
    """None where nothing has to be shown for this raise."""
    checks: tuple[Check, ...]
    dry_run: DryRun | None
    """None where the raise clears nothing by itself."""
    signing: tuple[Signing, ...] = ()
    """Who signs, by each rule; all have to be met. Empty: as for any change of the text."""
    widened: tuple[str, ...] = ()
    """Limits of automation that become wider, in words."""

    @property
    def step(self) -> str:
        """What is raised, in words, such as ``observe to assist``."""
        step = f"{self.before} to {self.after}" if self.before != self.after else str(self.after)
        return f"{step} within wider limits: {'; '.join(self.widened)}" if self.widened else step

    @property
    def passed(self) -> bool:
        """Whether everything that is asked has been shown."""
        return all(check.passed for check in self.checks)


def lower_bound(hits: int, total: int, z: float = ONE_SIDED_95) -> float:
    """Wilson's lower bound of a share, one-sided at 95 % (fraction); 0 where nothing was seen.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), 209-212.

    >>> round(lower_bound(50, 50), 3), round(lower_bound(52, 52), 3)
    (0.949, 0.951)
    """
    if hits == 0:
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
