"""Who may approve what, as a table of roles and transactions; and who is on duty at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chargehand.governance.authority import covers
from chargehand.governance.roster import on_duty
from chargehand.vocabulary.work import TransactionType
from chargehand.web import words
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.governance.authority import Grant
    from chargehand.governance.roster import Roster
    from chargehand.governance.terms import ApprovalRule, Policy

ANY = "*"
TRANSACTIONS = tuple(str(one) for one in TransactionType)
LOOK_AHEAD = timedelta(hours=24)
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one grant lets a role approve of one kind of transaction."""

    limit: str
    scope: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """One role: who holds it, and what it may approve."""

    role: str
    people: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    """In the order of ``TRANSACTIONS``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one approval rule asks for, in words."""

    clause: str
    of: str
    asks: tuple[str, ...]
    waits: tuple[str, ...]
    """Where it waits, how long, and to whom it is handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who is on duty by a roster now, and from when others are."""

    name: str
    clause: str
    sites: str
    people: tuple[str, ...]
    next_at: datetime | None
    next_people: tuple[str, ...]
    local: str
    """The hour at the plant."""


def matrix(policy: Policy) -> tuple[RoleRow, ...]:
    """Each role that is granted anything, in the order of the policy's roles."""
    rows = []
    for role in policy.roles:
        held = [grant for grant in policy.grants if grant.role == role]
        people = tuple(
            one.name
            for one in policy.people
            if role in one.roles and one.active and not one.service
        )
        if held:
            cells = tuple(_cells(held, transaction) for transaction in TRANSACTIONS)
            rows.append(RoleRow(role=role, people=people, cells=cells))
    return tuple(rows)


def granted(rows: tuple[RoleRow, ...]) -> tuple[tuple[int, str], ...]:
    """Place and name of the transactions that anybody may approve: the rest are no columns."""
    return tuple(
        (place, name)
        for place, name in enumerate(TRANSACTIONS)
        if any(row.cells[place] for row in rows)
    )


def _cells(held: list[Grant], transaction: str) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            limit="any value" if one.value_max is None else f"to {words.money(one.value_max)}",
            scope=_scope(one),
            clause=one.clause,
        )
        for one in held
        if covers(one.transactions, transaction)
    )


def _scope(grant: Grant) -> str:
    told = []
    for names, what in ((grant.sites, "site"), (grant.zones, "zone")):
        if ANY not in names:
            told.append(f"{what} {', '.join(sorted(names))}")
    if ANY not in grant.decisions:
        told.append(", ".join(sorted(titled(name) for name in grant.decisions)))
    if grant.valid_from is not None:
        told.append(f"from {words.day(grant.valid_from)}")
    if grant.valid_until is not None:
        told.append(f"until {words.day(grant.valid_until)}")
    return "; ".join(told)


def needs(rule: ApprovalRule) -> Needs:
    """Say one approval rule in words."""
    return Needs(
        clause=rule.clause, of=_of(rule), asks=tuple(_asks(rule)), waits=tuple(_waits(rule))
    )


def _of(rule: ApprovalRule) -> str:
    decisions = "any decision" if ANY in rule.decisions else ", ".join(map(titled, rule.decisions))
    if ANY in rule.transactions:
        return decisions
    return f"{decisions}: {', '.join(words.spoken(one).lower() for one in rule.transactions)}"


def _asks(rule: ApprovalRule) -> list[str]:
    told = []
    if rule.justification_above is not None:
        told.append(f"a justification above {words.money(rule.justification_above)}")
    if rule.second_person_above is not None:
        told.append(f"two people above {words.money(rule.second_person_above)}")
    if rule.second_person_risk is not None:
        told.append(f"two people from {rule.second_person_risk} risk on")
    if rule.second_person_irreversible:
        told.append("two people where it cannot be taken back")
    if rule.second_person_confidence_below is not None:
        told.append(f"two people below {words.percent(rule.second_person_confidence_below)} sure")
    if not rule.changer_may_approve:
        told.append("not who changed it")
    if not rule.owner_may_approve:
        told.append("not the owner of the decision")
    return told


def _waits(rule: ApprovalRule) -> list[str]:
    told = [f"in the queue of {rule.roster}"] if rule.roster else []
    if rule.escalate_after is not None:
        roles = ", ".join(sorted(words.spoken(one).lower() for one in rule.escalate_to))
        told.append(f"handed on after {words.span(rule.escalate_after)} to {roles}")
    if rule.expires_after is not None:
        what = "then asked again" if rule.on_expiry == "ask_again" else "then expired"
        told.append(f"waits {words.span(rule.expires_after)}, {what}; never a yes")
    if rule.undo_window:
        told.append(f"can be taken back for {words.span(rule.undo_window)}")
    return told


def duty(roster: Roster, now: datetime) -> Duty:
    """Who is on duty by a roster at a moment, and who is next within a day."""
    try:
        zone = ZoneInfo(roster.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    local = now.astimezone(zone)
    people = on_duty(roster, local)
    moment = local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)
    next_at, next_people = None, people
    while moment <= local + LOOK_AHEAD:
        moment += STEP
        if (found := on_duty(roster, moment.astimezone(zone))) != people:
            next_at, next_people = moment, found
            break
    return Duty(
        name=roster.name, clause=roster.clause, people=people, next_at=next_at,
        sites="every site" if ANY in roster.sites else ", ".join(sorted(roster.sites)),
        next_people=next_people if next_at else (), local=f"{local:%H:%M} {roster.time_zone}",
    )  # fmt: skip
