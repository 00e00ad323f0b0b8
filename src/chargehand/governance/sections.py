"""The sections of a policy text, one function each: a table becomes a value.

A faulty entry is returned in its most generous form (see ``draft``), so that one mistake does not
make others appear.
"""

from __future__ import annotations

from collections.abc import Collection

from chargehand.governance.authority import Grant, Person
from chargehand.governance.breaker import FAILURES_DEFAULT, BreakerRule
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule
from chargehand.governance.releasing import HoldRule
from chargehand.governance.submission import ANY
from chargehand.governance.table import Table
from chargehand.governance.terms import ApprovalRule
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.work import TransactionType

TRANSACTIONS = tuple(str(kind) for kind in TransactionType)
BASES = ("model", "fallback")
WINDOW_DAYS_MAX = 3660
RESERVED = ("policy", ANY)
SCOPE = ("decision", "site", "zone")
AUTOMATION = (
    "transactions", "cost_max", "confidence_min", "bases", "spend_per_day_max", "count_per_day_max",
)  # fmt: skip
ADMINISTRATION_KEYS = ("policy", "breakers")
PERSON_KEYS = ("id", "name", "roles", "os_user", "active", "service")
GRANT_KEYS = ("role", "transactions", "decisions", "sites", "zones", "value_max")
PHASE_KEYS = (*SCOPE, "phase", *AUTOMATION)
APPROVAL_THRESHOLDS = ("justification_above", "second_person_above", "expires_after")
APPROVAL_KEYS = ("decisions", "transactions", *APPROVAL_THRESHOLDS, "changer_may_approve")
HOLD_KEYS = ("roles", "sites", "four_eyes")
BREAKER_PAIRS = (
    ("rejection_rate_max", "rejection_count_min"),
    ("outcome_error_max", "outcome_count_min"),
)
BREAKER_LIMITS = (
    "rejection_rate_max", "outcome_error_max", "spend_per_day_max", "failure_count_max",
)  # fmt: skip
BREAKER_KEYS = (
    *SCOPE, "window_days", *BREAKER_LIMITS, "rejection_count_min", "outcome_count_min",
)  # fmt: skip


def person(table: Table, roles: tuple[str, ...]) -> Person:
    """Read one entry of ``[[people]]``."""
    name = table.text("id")
    if name in RESERVED:
        table.note("id", f"{name!r} cannot be the id of a person.", "Choose another id.")
    held = table.names("roles", roles or None, any_too=False)
    return Person(
        person=PersonId(name),
        name=table.text("name"),
        roles=roles if table.faulty else tuple(held),
        os_user=table.text("os_user", default="") or None,
        active=table.flag("active", default=True),
        service=table.flag("service", default=False),
    )


def grants(table: Table, roles: tuple[str, ...], decisions: Collection[str] | None) -> list[Grant]:
    """Read one entry of ``[[grants]]``: one grant, or one per role where its role is faulty."""
    role = table.choice("role", roles or None)
    return [
        Grant(
            role=one,
            transactions=_any_if_faulty(table.names("transactions", TRANSACTIONS)),
            decisions=_any_if_faulty(table.names("decisions", decisions)),
            sites=_any_if_faulty(table.names("sites", None)),
            zones=_any_if_faulty(table.names("zones", None)),
            value_max=table.money("value_max", required=True, unlimited=True),
            clause=table.where,
        )
        for one in ([role] if role is not None else roles)
    ]


def phase_rule(table: Table, decisions: Collection[str] | None) -> PhaseRule | None:
    """Read one entry of ``[[phases]]``; None where it cannot be told what it speaks of."""
    decision = table.choice("decision", _or_any(decisions))
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
        transactions=_any_if_faulty(transactions),
        cost_max=cost,
        confidence_min=confidence,
        spend_per_day_max=spend,
        bases=frozenset(bases),
        count_per_day_max=count,
    )


def approval_rule(table: Table, decisions: Collection[str] | None) -> ApprovalRule:
    """Read one entry of ``[[approvals]]``."""
    changer_may_approve = table.flag("changer_may_approve", default=True)
    if changer_may_approve and not any(table.has(key) for key in APPROVAL_THRESHOLDS):
        cure = f"Add one of {', '.join(APPROVAL_THRESHOLDS)}, or changer_may_approve = false."
        table.note("", "this rule asks for nothing.", cure)
    return ApprovalRule(
        decisions=_any_if_faulty(table.names("decisions", decisions)),
        transactions=_any_if_faulty(table.names("transactions", TRANSACTIONS)),
        justification_above=table.money("justification_above"),
        second_person_above=table.money("second_person_above"),
        expires_after=table.duration("expires_after"),
        changer_may_approve=changer_may_approve,
        clause=table.where,
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
    failures = table.whole("failure_count_max", least=0)
    return BreakerRule(
        decision=table.choice("decision", _or_any(decisions)) or ANY,
        site=table.choice("site", None) or ANY,
        zone=table.choice("zone", None) or ANY,
        rejection_rate_max=table.fraction("rejection_rate_max"),
        rejection_count_min=table.whole("rejection_count_min", least=1) or 1,
        window_days=table.whole("window_days", least=1, most=WINDOW_DAYS_MAX, required=True) or 1,
        spend_per_day_max=table.money("spend_per_day_max"),
        outcome_error_max=table.fraction("outcome_error_max"),
        outcome_count_min=table.whole("outcome_count_min", least=1) or 1,
        failure_count_max=FAILURES_DEFAULT if failures is None else failures,
        clause=table.where,
    )


def hold_rule(table: Table, roles: tuple[str, ...]) -> HoldRule:
    """Read one entry of ``[[holds]]``."""
    held = table.names("roles", roles or None, any_too=False)
    return HoldRule(
        roles=frozenset(held or roles),
        sites=_any_if_faulty(table.names("sites", None)),
        four_eyes=table.flag("four_eyes", default=True),
        clause=table.where,
    )


def _or_any(decisions: Collection[str] | None) -> tuple[str, ...] | None:
    return None if decisions is None else (ANY, *sorted(decisions))


def _any_if_faulty(names: list[str]) -> frozenset[str]:
    return frozenset(names or [ANY])
