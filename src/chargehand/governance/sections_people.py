"""Sections of a policy text about people's part: approvals, rosters, reviews and probes.

A faulty entry is returned in its most generous form, as in ``sections``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import time, timedelta
from typing import cast

from chargehand.governance.reviewing import ProbeRule, ReviewRule
from chargehand.governance.roster import Roster, Shift
from chargehand.governance.sections import TRANSACTIONS, any_if_faulty
from chargehand.governance.submission import ANY
from chargehand.governance.table import Table
from chargehand.governance.terms import ApprovalRule, Risk

RISKS = ("low", "medium", "high")
ON_EXPIRY = ("expire", "ask_again")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
PER_WEEK_MAX = 50
SAMPLE_MAX = 500
EVERY_DAYS_MAX = 366
QUESTIONS_MAX = 1000.0
APPROVAL_THRESHOLDS = (
    "justification_above", "second_person_above", "second_person_risk",
    "second_person_confidence_below", "expires_after", "roster", "escalate_after", "escalate_to",
    "undo_window",
)  # fmt: skip
APPROVAL_FLAGS = (
    "second_person_irreversible", "on_expiry", "changer_may_approve", "owner_may_approve",
)  # fmt: skip
APPROVAL_KEYS = ("decisions", "transactions", *APPROVAL_THRESHOLDS, *APPROVAL_FLAGS)
ROSTER_KEYS = ("name", "sites", "time_zone", "shifts")
SHIFT_KEYS = ("days", "hours", "people")
REVIEW_KEYS = ("sites", "roles", "every_days", "due_days", "sample")
PROBE_KEYS = ("per_week", "decisions", "sites")
ATTENTION_KEYS = ("questions_per_hour_max",)


def approval_rule(
    table: Table, roles: tuple[str, ...], decisions: Collection[str] | None
) -> ApprovalRule:
    """Read one entry of ``[[approvals]]``."""
    to: list[str] = []
    if table.has("escalate_to"):
        to = table.names("escalate_to", roles or None, any_too=False)
    risk = table.choice("second_person_risk", RISKS, default="")
    on_expiry = table.choice("on_expiry", ON_EXPIRY, default="expire")
    bare = ApprovalRule(
        decisions=any_if_faulty(table.names("decisions", decisions)),
        transactions=any_if_faulty(table.names("transactions", TRANSACTIONS)),
        clause=table.where,
    )
    rule = replace(
        bare,
        justification_above=table.money("justification_above"),
        second_person_above=table.money("second_person_above"),
        expires_after=table.duration("expires_after"),
        changer_may_approve=table.flag("changer_may_approve", default=True),
        owner_may_approve=table.flag("owner_may_approve", default=True),
        second_person_risk=cast("Risk | None", risk),
        second_person_irreversible=table.flag("second_person_irreversible", default=False),
        second_person_confidence_below=table.fraction("second_person_confidence_below"),
        roster=table.text("roster", default=""),
        escalate_after=table.duration("escalate_after"),
        escalate_to=frozenset(to),
        on_expiry="ask_again" if on_expiry == "ask_again" else "expire",
        undo_window=table.duration("undo_window") or timedelta(0),
    )
    if rule == bare and not any(table.has(key) for key in APPROVAL_THRESHOLDS):
        cure = f"Add one of {', '.join(APPROVAL_THRESHOLDS)}, or changer_may_approve = false."
        table.note("", "this rule asks for nothing.", cure)
    return rule


def roster(table: Table, is_time_zone: Callable[[str], bool] | None) -> Roster:
    """Read one entry of ``[[rosters]]`` with its shifts."""
    zone = table.text("time_zone")
    if zone and is_time_zone is not None and not is_time_zone(zone):
        cure = 'Write a name of the IANA list, such as "Europe/Berlin" or "UTC".'
        table.note("time_zone", f"{zone!r} is no time zone that this machine knows.", cure)
    if not table.has("shifts"):
        table.note("shifts", "it has no shifts.", "Add [[rosters.shifts]] below it.")
    shifts = [_shift(one) for one in table.tables("shifts", SHIFT_KEYS)]
    return Roster(
        name=table.text("name"),
        sites=any_if_faulty(table.names("sites", None)),
        time_zone=zone,
        shifts=tuple(shift for shift in shifts if shift is not None),
        clause=table.where,
    )


def _shift(table: Table) -> Shift | None:
    days = table.names("days", DAYS)
    people = table.names("people", None, any_too=False)
    hours = table.text("hours")
    match = HOURS.fullmatch(hours)
    if hours and match is None:
        cure = 'Write them such as "06:00-14:00"; an end before the start is after midnight.'
        table.note("hours", f"{hours!r} are no hours of a day.", cure)
    if match is None or not days or not people:
        return None
    end = time(int(match[3] or 0), int(match[4] or 0))
    return Shift(
        days=frozenset(range(7) if ANY in days else (DAYS.index(day) for day in days)),
        start=time(int(match[1]), int(match[2])),
        end=end,
        people=tuple(people),
    )


def review_rule(table: Table, roles: tuple[str, ...]) -> ReviewRule:
    """Read one entry of ``[[reviews]]``."""
    named = table.names("roles", roles or None, any_too=False)
    rule = ReviewRule(
        sites=any_if_faulty(table.names("sites", None)),
        roles=frozenset(named or roles),
        clause=table.where,
    )
    every = table.whole("every_days", least=1, most=EVERY_DAYS_MAX)
    due = table.whole("due_days", least=1, most=EVERY_DAYS_MAX)
    sample = table.whole("sample", least=0, most=SAMPLE_MAX)
    return replace(
        rule,
        every_days=rule.every_days if every is None else every,
        due_days=rule.due_days if due is None else due,
        sample=rule.sample if sample is None else sample,
    )


def probe_rule(table: Table, decisions: Collection[str] | None) -> ProbeRule:
    """Read one entry of ``[[probes]]``."""
    return ProbeRule(
        per_week=table.whole("per_week", least=1, most=PER_WEEK_MAX, required=True) or 1,
        decisions=any_if_faulty(table.names("decisions", decisions)),
        sites=any_if_faulty(table.names("sites", None)),
        clause=table.where,
    )
