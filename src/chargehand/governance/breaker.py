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
    """What has been seen in a rule's scope over its window, in the last hour, and today."""

    decided: int = 0
    rejected: int = 0
    spent_today: Money = ZERO
    """What the policy cleared today."""
    measured: int = 0
    wrong: int = 0
    failed: int = 0
    spent_hour: Money = ZERO
    """What the policy cleared in the last hour."""
    cleared_hour: int = 0
    cleared_today: int = 0
    overridden: int = 0
    """Of those decided: rejected, changed or taken back by people."""
    confidence: float = 0.0
    """Mean confidence of the measured proposals (fraction)."""
    mix_distance: float = 0.0
    """How far the transaction types of the last day are from those before (fraction)."""
    mix_count: int = 0
    """Actions of the last day."""
    stale_hours: float = 0.0
    """Age of the newest signal of the source that has been silent longest (hours)."""
    stale_source: str = ""
    drifting: int = 0
    """Forecast series whose drift alarm has gone off."""
    series: int = 0


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
    "calibration": "Compare confidence with what came true on the Outcomes page, then close it.",
    "overrides": "Read what people changed, took back and rejected, then close it.",
    "action_mix": "Look at what was proposed in the last day and by which decision, then close it.",
    "drift": "Look at the forecasts whose demand has changed, then close it.",
    "stale": "See that the source tells again, then close it.",
    "count": "Check what was cleared; close it after the hour or day, or raise the limit.",
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
        because = f"say what was done about it (cause: {breaker.cause}), in at least ten characters"
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
    """Every limit that a reading is beyond, the gravest first."""
    if reading.failed > rule.failure_count_max:
        limit = rule.failure_count_max
        yield "failures", f"{reading.failed} failures in {rule.window_days} days, {limit} allowed"
    yield from _rate(
        "outcome_error",
        "measured proposals were wrong",
        (reading.wrong, reading.measured),
        (rule.outcome_error_max, rule.outcome_count_min),
    )
    yield from _calibration(rule, reading)
    yield from _rate(
        "rejections",
        "decided proposals were rejected",
        (reading.rejected, reading.decided),
        (rule.rejection_rate_max, rule.rejection_count_min),
    )
    yield from _rate(
        "overrides",
        "decided proposals were rejected, changed or taken back",
        (reading.overridden, reading.decided),
        (rule.override_rate_max, rule.override_count_min),
    )
    yield from _unusual(rule, reading)
    for limit_of, count, of in (
        (rule.count_per_day_max, reading.cleared_today, "today"),
        (rule.count_per_hour_max, reading.cleared_hour, "in the last hour"),
    ):
        if limit_of is not None and count >= max(limit_of, 1):
            yield "count", f"{count} cleared {of}, {limit_of} allowed"
    yield from _spent(rule.spend_per_day_max, reading.spent_today, "today")
    yield from _spent(rule.spend_per_hour_max, reading.spent_hour, "the last hour")


def _calibration(rule: BreakerRule, reading: Reading) -> Iterator[tuple[Cause, str]]:
    limit = rule.calibration_error_max
    if limit is None or reading.measured < max(rule.calibration_count_min, 1):
        return
    share = (reading.measured - reading.wrong) / reading.measured
    error = abs(reading.confidence - share)
    if error > limit:
        text = f"{reading.confidence:.0%} sure on average and {share:.0%} of"
        yield (
            "calibration",
            f"{text} {reading.measured} right: {error:.0%} apart, {limit:.0%} allowed",
        )


def _unusual(rule: BreakerRule, reading: Reading) -> Iterator[tuple[Cause, str]]:
    """What is read of actions, forecasts and sources rather than of single proposals."""
    limit = rule.mix_distance_max
    if limit is not None and reading.mix_count >= max(rule.mix_count_min, 1):
        distance = reading.mix_distance
        if distance > limit:
            text = f"the transactions of the last day ({reading.mix_count}) differ by"
            yield "action_mix", f"{text} {distance:.0%} from those before, {limit:.0%} allowed"
    limit = rule.drift_max
    if limit is not None and reading.series and reading.drifting > limit * reading.series:
        share = reading.drifting / reading.series
        text = f"the demand of {reading.drifting} of {reading.series} parts has changed"
        yield "drift", f"{text} ({share:.0%}), {limit:.0%} allowed"
    limit = rule.stale_hours_max
    if limit is not None and reading.stale_hours > limit:
        text = f"nothing was told of {reading.stale_source} for {reading.stale_hours:.1f} hours"
        yield "stale", f"{text}, {limit:g} allowed"


def _spent(limit: Money | None, spent: Money, when: str) -> Iterator[tuple[Cause, str]]:
    if limit is None or spent.amount <= 0:
        return
    if not within(spent, limit):
        yield "spend", f"{spent} cleared {_in(when)}, {limit} allowed"
    elif spent == limit:
        yield "spend", f"the {limit} of {when} are used up"


def _in(when: str) -> str:
    return when if when == "today" else f"in {when}"


def _rate(
    cause: Cause, what: str, counted: tuple[int, int], limits: tuple[float | None, int]
) -> Iterator[tuple[Cause, str]]:
    (hits, total), (rate_max, count_min) = counted, limits
    if rate_max is not None and total >= max(count_min, 1) and hits > rate_max * total:
        yield cause, f"{hits} of {total} {what} ({hits / total:.0%}), {rate_max:.0%} allowed"
