"""Signing in with what the plant itself keeps: a password, or a badge and its PIN.

The answer is the same, and takes as long, whether or not anybody has the name that was given.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chargehand.governance.access import Act, KeyScope
from chargehand.plant import people, policies, sign_in_limits
from chargehand.plant.people import BADGE, HANDHELD, PASSWORD, PIN, SESSION, Held, Wanted
from chargehand.plant.sign_in_limits import Admitted, Tried, by_address, by_name
from chargehand.plant.sign_in_secrets import badge_hash, fits
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode

AT_THE_LINE = KeyScope(acts=frozenset({Act.READ.value, Act.REPORT.value}))
"""What a session by badge is good for: to see, and to tell what was done."""
NAME_MAX = 200
"""Longest name that is looked up (characters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody signed in."""

    person: str
    key: str
    """Key of the session; shown this once."""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Somebody says who they are: whom the plant knows under it, and what proves it."""

    tried: tuple[Tried, ...]
    person: str = ""
    known: str | None = None
    """Hash of the secret; None where there is nobody, or nothing to sign in with."""


def with_password(
    store: Store, person: str, password: str, *, address: str, life: timedelta
) -> SignedIn | Refusal:
    """Sign a person in by password."""

    def look(docket: Docket) -> Claimed:
        held = _held(docket, PASSWORD, person) if _is_name(person) else None
        who = held.person if held is not None else ""
        return Claimed(
            tried=_tried(person, who, address),
            person=who,
            known=held.hash if held is not None else None,
        )

    wanted = Wanted(kind=SESSION, person=person, by=person, life=life, label=people.PASSWORD_WAY)
    return _sign_in(store, look, password, wanted, "This id and password do not fit together.")


def with_badge(
    store: Store, number: str, pin: str, *, pepper: str, address: str
) -> SignedIn | Refusal:
    """Sign a person in by badge and PIN, for eight hours at the line."""
    known = badge_hash(pepper, number[:NAME_MAX])

    def look(docket: Docket) -> Claimed:
        badge = badge_of(docket, known)
        held = None if badge is None else _held(docket, PIN, badge.person)
        who = held.person if held is not None else ""
        return Claimed(
            tried=_tried(known, who, address),
            person=who,
            known=held.hash if held is not None else None,
        )

    wanted = Wanted(
        kind=HANDHELD, person="", by="", life=people.LIVES[HANDHELD], label="badge",
        scope=AT_THE_LINE,
    )  # fmt: skip
    return _sign_in(store, look, pin, wanted, "This badge and PIN do not fit together.")


def _is_name(text: str) -> bool:
    """Whether a text can be looked up at all: no database holds NUL or half of a sign."""
    return len(text) <= NAME_MAX and text.isprintable()


def _tried(name: str, person: str, address: str) -> tuple[Tried, ...]:
    tried = (by_name(name, person),)
    return (*tried, by_address(address)) if address else tried


def _sign_in(
    store: Store,
    look: Callable[[Docket], Claimed],
    secret: str,
    wanted: Wanted,
    because: str,
) -> SignedIn | Refusal:
    """Count the try, check the secret outside of any transaction, and settle what came of it."""

    def begin(docket: Docket) -> tuple[Claimed, Admitted | datetime]:
        claimed = look(docket)
        return claimed, sign_in_limits.admit(docket, claimed.tried)

    claimed, admitted = store.write(begin)
    if isinstance(admitted, datetime):
        fits(None, secret)
        return locked(admitted)
    right = fits(claimed.known, secret)

    def settle(docket: Docket) -> SignedIn | Refusal:
        if not right or not may_enter(docket, claimed.person):
            sign_in_limits.failed(docket, admitted)
            return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)
        sign_in_limits.passed(docket, admitted)
        return enter(docket, replace(wanted, person=claimed.person, by=claimed.person))

    return store.write(settle)


def enter(docket: Docket, wanted: Wanted) -> SignedIn:
    """Begin a session."""
    key = people.put(docket, wanted)
    return SignedIn(person=wanted.person, key=key, expires_at=docket.now() + wanted.life)


def may_enter(docket: Docket, person: str) -> bool:
    """Whether a person is known and active here, no program, and not locked."""
    known = policies.within(docket).person(person)
    return (
        known is not None
        and known.active
        and not known.service
        and not people.is_locked(docket.sql, person)
    )


def locked(until: datetime) -> Refusal:
    """The answer to somebody who has tried too often."""
    because = (
        f"Too many tries failed; the next is possible from {until:%H:%M} UTC."
        " An administrator can unlock it sooner."
    )
    return Refusal(code=RefusalCode.SIGN_IN_LOCKED, because=because, transient=True)


def badge_of(docket: Docket, known: str) -> Held | None:
    """The badge in force that has a number, by the hash of it."""
    row = docket.sql(
        "SELECT prefix FROM credential WHERE kind = ? AND hash = ? AND ended_at IS NULL"
        " ORDER BY created_at DESC LIMIT 1",
        (BADGE, known),
    ).fetchone()
    return None if row is None else people.in_force(docket.sql, row["prefix"], docket.now())


def _held(docket: Docket, kind: str, person: str) -> Held | None:
    found = people.listed(docket.sql, docket.now(), kind, person=person)
    return found[0] if found else None


def proven(store: Store, person: str, password: str) -> Refusal | None:
    """Check the password of somebody who is signed in, as often as one may try to sign in."""

    def look(docket: Docket) -> tuple[Held | None, Admitted | datetime]:
        held = _held(docket, PASSWORD, person)
        return held, sign_in_limits.admit(docket, (by_name(person, person),))

    held, admitted = store.write(look)
    if isinstance(admitted, datetime):
        return locked(admitted)
    right = held is not None and fits(held.hash, password)
    settle = sign_in_limits.passed if right else sign_in_limits.failed
    store.write(lambda docket: settle(docket, admitted))
    if right:
        return None
    because = "This is not the present password."
    return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)


def keep_secret(docket: Docket, kind: str, person: str, known: str, *, by: str) -> None:
    """Let a password, PIN or badge number hold from now on, and end the one before."""
    for held in people.listed(docket.sql, docket.now(), kind, person=person):
        people.close(docket, held.prefix, by=by)
    wanted = Wanted(kind=kind, person=person, by=by, life=people.LIVES[kind])
    people.keep(docket, wanted, known, secrets.token_hex(6))
