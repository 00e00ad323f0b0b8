"""Sections of a policy text that say how far decisions go by themselves.

A faulty entry is returned in its most generous form, as in ``sections``.
"""

from __future__ import annotations

from collections.abc import Collection

from chargehand.governance.breaker import FAILURES_DEFAULT, BreakerRule
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule
from chargehand.governance.promotion import PromotionRule
from chargehand.governance.sections import TRANSACTIONS, any_if_faulty, or_any
from chargehand.governance.submission import ANY
from chargehand.governance.table import Table

BASES = ("model", "fallback")
WINDOW_DAYS_MAX = 3660
HOURS_MAX = 24.0 * WINDOW_DAYS_MAX
SIGNATURES_MAX = 9
MIX_COUNT_DEFAULT = 20
DEFAULTS = PromotionRule()
SCOPE = ("decision", "site", "zone")
AUTOMATION = (
    "transactions", "cost_max", "confidence_min", "bases", "spend_per_day_max", "count_per_day_max",
)  # fmt: skip
PHASE_KEYS = (*SCOPE, "phase", *AUTOMATION, "lifts")
BREAKER_PAIRS = (
    ("rejection_rate_max", "rejection_count_min"),
    ("outcome_error_max", "outcome_count_min"),
    ("override_rate_max", "override_count_min"),
    ("calibration_error_max", "calibration_count_min"),
)
BREAKER_LIMITS = (
    "rejection_rate_max", "outcome_error_max", "override_rate_max", "calibration_error_max",
    "mix_distance_max", "drift_max", "stale_hours_max", "spend_per_day_max", "spend_per_hour_max",
    "count_per_day_max", "count_per_hour_max", "failure_count_max",
)  # fmt: skip
BREAKER_KEYS = (
    *SCOPE, "window_days", *BREAKER_LIMITS, *(count for _, count in BREAKER_PAIRS), "mix_count_min",
    "trial_count",
)  # fmt: skip
PROMOTION_KEYS = (
    "decisions", "sites", "days_min", "count_min", "accuracy_min", "override_rate_max",
    "signatures", "roles",
)  # fmt: skip


def phase_rule(table: Table, decisions: Collection[str] | None) -> PhaseRule | None:
    """Read one entry of ``[[phases]]``; None where it cannot be told what it speaks of."""
    decision = table.choice("decision", or_any(decisions))
    site, zone = table.choice("site", None), table.choice("zone", None)
    phase = table.choice("phase", tuple(Phase))
    automated = phase == Phase.AUTOMATE
    limits = automation_limits(table) if automated else None
    if phase is not None and not automated:
        for key in AUTOMATION:
            if table.has(key):
                cure = 'Remove it, or set phase = "automate".'
                table.note(key, f"{key} has no effect in the {phase} phase.", cure)
    if decision is None or site is None or zone is None:
        return None
    return PhaseRule(
        decision=decision,
        site=site,
        zone=zone,
        phase=Phase(phase or Phase.OBSERVE),
        limits=limits,
        lifts=table.whole("lifts", least=0) or 0,
        clause=table.where,
    )


def automation_limits(table: Table) -> AutomationLimits | None:
    """Read the limits of an automate entry of ``[[phases]]``; all but two of them must be there."""
    transactions = table.names("transactions", TRANSACTIONS)
    cost = table.money("cost_max", required=True)
    confidence = table.fraction("confidence_min", required=True)
    spend = table.money("spend_per_day_max", required=True)
    bases = table.names("bases", BASES, any_too=False) if table.has("bases") else ["model"]
    count = table.whole("count_per_day_max", least=1)
    if cost is None or confidence is None or spend is None:
        return None
    return AutomationLimits(
        transactions=any_if_faulty(transactions),
        cost_max=cost,
        confidence_min=confidence,
        spend_per_day_max=spend,
        bases=frozenset(bases),
        count_per_day_max=count,
    )


def breaker_rule(table: Table, decisions: Collection[str] | None) -> BreakerRule:
    """Read one entry of ``[[breakers]]``."""
    if not any(table.has(key) for key in BREAKER_LIMITS):
        table.note("", "this breaker watches nothing.", f"Add one of {', '.join(BREAKER_LIMITS)}.")
    for rate, count in BREAKER_PAIRS:
        for given, missing in ((rate, count), (count, rate)):
            if table.has(given) and not table.has(missing):
                cure = f"Add {missing}: a rate is judged from a number of cases on."
                table.note(missing, f"{missing} is missing beside {given}.", cure)
    if table.has("mix_count_min") and not table.has("mix_distance_max"):
        what = "mix_distance_max is missing beside mix_count_min."
        table.note("mix_distance_max", what, "Add it, or remove mix_count_min.")
    failures = table.whole("failure_count_max", least=0)
    return BreakerRule(
        decision=table.choice("decision", or_any(decisions)) or ANY,
        site=table.choice("site", None) or ANY,
        zone=table.choice("zone", None) or ANY,
        rejection_rate_max=table.fraction("rejection_rate_max"),
        rejection_count_min=table.whole("rejection_count_min", least=1) or 1,
        window_days=table.whole("window_days", least=1, most=WINDOW_DAYS_MAX, required=True) or 1,
        spend_per_day_max=table.money("spend_per_day_max"),
        outcome_error_max=table.fraction("outcome_error_max"),
        outcome_count_min=table.whole("outcome_count_min", least=1) or 1,
        failure_count_max=FAILURES_DEFAULT if failures is None else failures,
        spend_per_hour_max=table.money("spend_per_hour_max"),
        count_per_hour_max=table.whole("count_per_hour_max", least=0),
        count_per_day_max=table.whole("count_per_day_max", least=0),
        override_rate_max=table.fraction("override_rate_max"),
        override_count_min=table.whole("override_count_min", least=1) or 1,
        calibration_error_max=table.fraction("calibration_error_max"),
        calibration_count_min=table.whole("calibration_count_min", least=1) or 1,
        mix_distance_max=table.fraction("mix_distance_max"),
        mix_count_min=table.whole("mix_count_min", least=1) or MIX_COUNT_DEFAULT,
        stale_hours_max=table.number("stale_hours_max", most=HOURS_MAX),
        drift_max=table.fraction("drift_max"),
        trial_count=table.whole("trial_count", least=0) or 0,
        clause=table.where,
    )


def promotion_rule(
    table: Table, roles: tuple[str, ...], decisions: Collection[str] | None
) -> PromotionRule:
    """Read one entry of ``[[promotions]]``; what it leaves out has the defaults of the rule."""
    rate = DEFAULTS.override_rate_max
    if table.has("override_rate_max"):
        rate = table.fraction("override_rate_max", unlimited=True)
    days = table.whole("days_min", least=0, most=WINDOW_DAYS_MAX)
    count = table.whole("count_min", least=1)
    accuracy = table.fraction("accuracy_min")
    signatures = table.whole("signatures", least=1, most=SIGNATURES_MAX)
    named = table.names("roles", roles or None, any_too=False) if table.has("roles") else []
    return PromotionRule(
        decisions=any_if_faulty(table.names("decisions", decisions)),
        sites=any_if_faulty(table.names("sites", None)),
        days_min=DEFAULTS.days_min if days is None else days,
        count_min=DEFAULTS.count_min if count is None else count,
        accuracy_min=DEFAULTS.accuracy_min if accuracy is None else accuracy,
        override_rate_max=rate,
        signatures=DEFAULTS.signatures if signatures is None else signatures,
        roles=frozenset(named),
        clause=table.where,
    )
