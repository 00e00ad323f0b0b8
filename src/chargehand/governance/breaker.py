"""Circuit breakers: bad readings stop a policy from clearing until a person has looked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.submission import ANY, Place, within
from chargehand.vocabulary.money import ZERO, Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

FAILURES_DEFAULT = 2
Cause = Literal[
    "failures", "outcome_error", "calibration", "rejections", "overrides", "action_mix", "drift",
    "stale", "count", "spend",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRule:
    """What is watched in a scope (``*`` is any). A limit of None is not watched."""

    decision: str
    site: str
    zone: str
    rejection_rate_max: float | None = None
    """Share of decided proposals that people rejected (fraction)."""
    rejection_count_min: int = 1
    """Judged from this many decided proposals on."""
    window_days: int = 30
    """Days back that rates and failures are counted over."""
    spend_per_day_max: Money | None = None
    outcome_error_max: float | None = None
    """Share of measured proposals that turned out wrong (fraction)."""
    outcome_count_min: int = 1
    """Judged from this many measured proposals on."""
    failure_count_max: int = FAILURES_DEFAULT
    """Decisions that failed and orders that could not be sent; one more opens the breaker."""
    spend_per_hour_max: Money | None = None
    count_per_hour_max: int | None = None
    count_per_day_max: int | None = None
    override_rate_max: float | None = None
    """Share of decided proposals that people rejected, changed or took back (fraction)."""
    override_count_min: int = 1
    calibration_error_max: float | None = None
    """Mean confidence less the share that was right, over the window (fraction, absolute)."""
    calibration_count_min: int = 1
    mix_distance_max: float | None = None
    """Half the summed difference between the shares of transaction types of the last day and those
    of the window before (total variation, fraction)."""
    mix_count_min: int = 20
    """Judged from this many actions in the last day on."""
    stale_hours_max: float | None = None
    """Age of the newest signal of the sources that the decision reads (hours)."""
    drift_max: float | None = None
    """Share of forecast series whose drift alarm has gone off (fraction)."""
    trial_count: int = 0
    """Proposals that a closed breaker lets through one by one before it is closed for good (half
    open); 0: it closes at once."""
    clause: str = "breakers"

    def covers(self, decision: str, place: Place) -> bool:
        """Whether the scope holds a decision at a place (an unknown zone may be any)."""
        return _covers((self.decision, self.site, self.zone), decision, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What has been seen in a rule's scope, over its window (spend: today)."""

    decided: int = 0
    rejected: int = 0
    spent_today: Money = ZERO
    """What the policy cleared today."""
    measured: int = 0
    wrong: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreaker:
    """A breaker that has opened, and what closes it."""

    decision: str
    site: str
    zone: str
    cause: Cause
    because: str
    cure: str

    def covers(self, decision: str, place: Place) -> bool:
        """Whether a decision at a place is stopped by it (an unknown zone may be any)."""
        return _covers((self.decision, self.site, self.zone), decision, place)


CURES: dict[Cause, str] = {
    "failures": "Look at the failed proposals and orders, mend the cause, then close the breaker.",
    "outcome_error": "Look at the outcomes that were wrong and what they share, then close it.",
    "rejections": "Read the reasons of the rejections with those who gave them, then close it.",
    "spend": "Check what was cleared today; close it tomorrow, or raise the limit in the policy.",
}


def evaluate(rule: BreakerRule, reading: Reading) -> OpenBreaker | None:
    """Open the breaker of a rule where any reading is beyond its limit; the gravest cause is named.

    Everything that is beyond a limit is told in ``because``.
    """
    found = list(_causes(rule, reading))
    if not found:
        return None
    cause = found[0][0]
    return OpenBreaker(
        decision=rule.decision,
        site=rule.site,
        zone=rule.zone,
        cause=cause,
        because="; ".join(text for _, text in found),
        cure=CURES[cause],
    )


def may_close(
    breaker: OpenBreaker, person: Person, closers: frozenset[str], *, reason: str
) -> Refusal | None:
    """Refuse unless the person holds a role that closes breakers, and says why it may close.

    ``closers`` are roles: pass the policy's ``breaker_closers``.
    """
    if not person.active or person.service or not closers & set(person.roles):
        roles = ", ".join(sorted(closers)) or "nobody"
        because = f"{person.person} may not close breakers; the policy names: {roles}"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    if not makes_sense(reason):
        because = f"say what was done about it ({breaker.because}), in at least ten characters"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    return None


def _covers(scope: tuple[str, str, str], decision: str, place: Place) -> bool:
    of_decision, of_site, of_zone = scope
    return (
        of_decision in (ANY, decision)
        and of_site in (ANY, place.site)
        and (place.zone is None or of_zone in (ANY, place.zone))
    )


def _causes(rule: BreakerRule, reading: Reading) -> Iterator[tuple[Cause, str]]:
    if reading.failed > rule.failure_count_max:
        limit = rule.failure_count_max
        yield "failures", f"{reading.failed} failures in {rule.window_days} days, {limit} allowed"
    yield from _rate(
        "outcome_error",
        "measured proposals were wrong",
        (reading.wrong, reading.measured),
        (rule.outcome_error_max, rule.outcome_count_min),
    )
    yield from _rate(
        "rejections",
        "decided proposals were rejected",
        (reading.rejected, reading.decided),
        (rule.rejection_rate_max, rule.rejection_count_min),
    )
    limit_of_day, spent = rule.spend_per_day_max, reading.spent_today
    used_up = limit_of_day is not None and spent.amount > 0
    if limit_of_day is not None and used_up:
        if not within(spent, limit_of_day):
            yield "spend", f"{spent} cleared today, {limit_of_day} allowed"
        elif spent == limit_of_day:
            yield "spend", f"the {limit_of_day} of today are used up"


def _rate(
    cause: Cause, what: str, counted: tuple[int, int], limits: tuple[float | None, int]
) -> Iterator[tuple[Cause, str]]:
    (hits, total), (rate_max, count_min) = counted, limits
    if rate_max is not None and total >= max(count_min, 1) and hits > rate_max * total:
        yield cause, f"{hits} of {total} {what} ({hits / total:.0%}), {rate_max:.0%} allowed"
