"""Standing in: delegations are made, ended and listed; what holds is what the journal says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.governance.delegation import Delegation, Scope
from chargehand.governance.standing_in import may_be_stood_in_for
from chargehand.plant import policies
from chargehand.plant.locked import locked_out
from chargehand.plant.people import is_locked
from chargehand.storage.docket import Docket
from chargehand.storage.personal import shown
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

MADE, ENDED = "delegation", "delegation_ended"
EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    """One person stands in for another, as it is listed."""

    id: str
    """Such as ``D-3``."""
    from_person: str
    to_person: str
    scope: Scope
    since: datetime
    until: datetime
    because: str
    state: str
    """in_force, over or ended."""
    ended_at: datetime | None = None


def delegate(
    store: Store, *, by: str, to: str, until: datetime, scope: Scope = EVERYTHING, because: str
) -> DelegationRow | Refusal:
    """Let somebody decide in a person's stead from now until then, within a scope."""

    def work(docket: Docket) -> DelegationRow | Refusal:
        now = docket.now()
        refusal = locked_out(docket.sql, by) or may_be_stood_in_for(
            policies.within(docket), by, to, scope=scope, until=until, now=now, because=because
        )
        if refusal is not None:
            return refusal
        found = docket.sql("SELECT coalesce(max(number), 0) + 1 FROM delegation").fetchone()
        fact = {
            "number": int(found[0]), "from_person": by, "to_person": to,
            "scope": wire.write(scope), "since": written(now), "until": written(until),
            "because": docket.personal(because, person=by),
        }  # fmt: skip
        entry = docket.entry(MADE, f"D-{fact['number']}", wire.canonical(fact), actor=by)
        docket.sql(
            f"INSERT INTO delegation ({', '.join(fact)}, entry)"
            f" VALUES ({', '.join('?' * len(fact))}, ?)",
            (*fact.values(), entry),
        )
        return _row(fact | {"ended_at": None, "because": because}, now)

    return store.write(work)


def end(store: Store, id: str, *, by: str) -> DelegationRow | Refusal:
    """End a delegation at once: either of the two may, and whoever may change the policy."""

    def work(docket: Docket) -> DelegationRow | Refusal:
        number = id.strip().upper().removeprefix("D-")
        row = None
        if number.isascii() and number.isdigit():
            row = docket.sql(
                "SELECT * FROM delegation WHERE number = ?", (int(number[:15]),)
            ).fetchone()
        now = docket.now()
        if row is None or row["ended_at"] is not None or instant(row["until"]) <= now:
            because = f"there is no delegation {id} in force"
            return Refusal(code=RefusalCode.UNKNOWN_DELEGATION, because=because)
        policy = policies.within(docket)
        person = policy.person(by)
        admin = (
            person is not None and person.active
            and bool(policy.administrators & set(person.roles))
        )  # fmt: skip
        if by not in {row["from_person"], row["to_person"]} and not admin:
            because = f"D-{number} is between {row['from_person']} and {row['to_person']}"
            return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
        docket.entry(ENDED, f"D-{row['number']}", "{}", actor=by)
        docket.sql(
            "UPDATE delegation SET ended_at = ? WHERE number = ?", (written(now), row["number"])
        )
        return shown(docket.sql, _row(dict(row) | {"ended_at": written(now)}, now))

    return store.write(work)


def listed(sql: Session, now: datetime, *, person: str | None = None) -> tuple[DelegationRow, ...]:
    """Delegations from or to a person (None: anybody's), the newest first."""
    where = "" if person is None else " WHERE from_person = ? OR to_person = ?"
    rows = sql.execute(
        f"SELECT * FROM delegation{where} ORDER BY number DESC",
        () if person is None else (person, person),
    ).fetchall()
    return shown(sql.execute, tuple(_row(dict(row), now) for row in rows))


def in_force(docket: Docket) -> tuple[Delegation, ...]:
    """What holds at this moment: as the journal tells it, for its table is anybody's to edit.

    Nobody stands in for somebody whose account is locked, until it is unlocked.
    """
    now = docket.now()
    rows = docket.sql(
        "SELECT number, entry FROM delegation WHERE ended_at IS NULL AND until > ? ORDER BY number",
        (written(now),),
    ).fetchall()
    found = (_told(docket, row) for row in rows)
    return tuple(
        one
        for one in found
        if one is not None and one.holds(now) and not is_locked(docket.sql, one.from_person)
    )


def _told(docket: Docket, row: Mapping[str, Any]) -> Delegation | None:
    fact = docket.fact(row["entry"], MADE)
    if fact.get("number") != row["number"]:
        return None
    ended = docket.sql(
        "SELECT 1 FROM journal WHERE kind <> 'movement' AND kind = ? AND key = ?",
        (ENDED, f"D-{row['number']}"),
    ).fetchone()
    if ended is not None:
        return None
    return Delegation(
        number=fact["number"], from_person=fact["from_person"], to_person=fact["to_person"],
        scope=wire.read(Scope, fact["scope"]), since=instant(fact["since"]),
        until=instant(fact["until"]),
    )  # fmt: skip


def _row(row: Mapping[str, Any], now: datetime) -> DelegationRow:
    until, ended = instant(row["until"]), row["ended_at"]
    state = "ended" if ended else "in_force" if now < until else "over"
    return DelegationRow(
        id=f"D-{row['number']}", from_person=row["from_person"], to_person=row["to_person"],
        scope=wire.read(Scope, row["scope"]), since=instant(row["since"]), until=until,
        because=row["because"], state=state, ended_at=None if ended is None else instant(ended),
    )  # fmt: skip
