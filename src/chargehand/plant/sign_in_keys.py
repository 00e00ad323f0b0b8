"""API keys: who may make, replace and end them, and what they are limited to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chargehand.governance.access import Act, KeyScope, may
from chargehand.plant import people, policies
from chargehand.plant.people import KEY, Held, Wanted
from chargehand.storage import personal
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import canonical

DAYS_MAX = 366
OVERLAP_MAX = timedelta(days=7)
"""Longest time for which a replaced key holds beside its successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key just made."""

    person: str
    key: str
    """Shown this once; only its hash is kept."""
    prefix: str
    expires_at: datetime
    scope: KeyScope
    replaces: str | None = None
    """Prefix of the key that it takes the place of."""
    replaced_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """A key or session in force, without its secret."""

    prefix: str
    kind: str
    """``key``, ``session`` (console) or ``badge`` (handheld)."""
    person: str
    label: str
    """What a key is for; how somebody signed in."""
    acts: tuple[str, ...]
    sites: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    replaced_by: str | None


def row_of(held: Held) -> CredentialRow:
    """What is shown of a credential."""
    return CredentialRow(
        prefix=held.prefix, kind=held.kind, person=held.person, label=held.label,
        acts=tuple(sorted(held.scope.acts)), sites=tuple(sorted(held.scope.sites)),
        created_at=held.created_at, expires_at=held.expires_at, last_used_at=held.last_used_at,
        replaced_by=held.replaced_by,
    )  # fmt: skip


def entitled(docket: Docket, by: str, whose: str | None = None) -> Refusal | None:
    """Why somebody may not administer accounts, at the moment of a transaction.

    ``whose``: people may do it for themselves; a program may not, since its key may be stolen.
    """
    policy = policies.within(docket)
    person = policy.person(by)
    if person is None or not person.active:
        because = f"{by!r} is not an active person of the policy"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    if people.is_locked(docket.sql, by):
        because = f"the account of {by} is locked"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    if whose == by and not person.service:
        return None
    check = may(person, Act.ADMINISTER, None, policy)
    if check.passed:
        return None
    whose_too = " (people may for themselves)" if whose is not None else ""
    because = f"{check.text}{whose_too}"
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)


def known(docket: Docket, person: str) -> Refusal | None:
    """Why nothing can be made for a person: nobody active has the id."""
    found = policies.within(docket).person(person)
    if found is not None and found.active:
        return None
    because = f"{person!r} is not among the active people of the policy"
    return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)


def scope_of(acts: Collection[str], sites: Collection[str]) -> KeyScope | Refusal:
    """The scope that words say; every word of it has to be known."""
    words = [act.value for act in Act]
    for act in acts:
        if act not in words:
            because = f"{act!r} is no act; there are {', '.join(words)}"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    if "*" in sites or not all(sites):
        because = "a key is limited to sites by their names; leave them out for every site"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    return KeyScope(acts=frozenset(acts), sites=frozenset(sites))


def make(
    store: Store, person: str, *, by: str, label: str, days: int, scope: KeyScope
) -> MadeKey | Refusal:
    """Make a key for a person or service account."""
    if not 0 < days <= DAYS_MAX:
        because = f"a key lives 1 to {DAYS_MAX} days, not {days}"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    wanted = Wanted(
        kind=KEY, person=person, by=by, life=timedelta(days=days), label=label, scope=scope
    )

    def work(docket: Docket) -> MadeKey | Refusal:
        if (refusal := known(docket, person) or entitled(docket, by, person)) is not None:
            return refusal
        return _made(docket, wanted)

    return store.write(work)


def _made(docket: Docket, wanted: Wanted) -> MadeKey:
    key = people.put(docket, wanted)
    return MadeKey(
        person=wanted.person, key=key, prefix=key.split("_")[1],
        expires_at=docket.now() + wanted.life, scope=wanted.scope,
    )  # fmt: skip


def rotate(store: Store, prefix: str, *, by: str, overlap: timedelta) -> MadeKey | Refusal:
    """Make a key that takes another's place; the old one ends after the overlap."""
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        because = f"both keys hold side by side for 0 to {OVERLAP_MAX.days} days"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)

    def work(docket: Docket) -> MadeKey | Refusal:
        old = _key(docket, prefix)
        if isinstance(old, Refusal):
            return old
        if (refusal := known(docket, old.person) or entitled(docket, by, old.person)) is not None:
            return refusal
        if old.replaced_by is not None:
            because = f"the key {prefix} was replaced by {old.replaced_by} already"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
        made = _made(docket, _like(docket, old, by))
        ends = min(old.expires_at, docket.now() + overlap)
        _replace(docket, prefix, made.prefix, ends, by=by)
        return replace(made, replaces=prefix, replaced_ends_at=ends)

    return store.write(work)


def _like(docket: Docket, old: Held, by: str) -> Wanted:
    return Wanted(
        kind=KEY, person=old.person, by=by, life=old.expires_at - old.created_at,
        label=personal.shown(docket.sql, old.label), scope=old.scope,
    )  # fmt: skip


def _replace(docket: Docket, prefix: str, successor: str, ends: datetime, *, by: str) -> None:
    docket.sql(
        "UPDATE credential SET replaced_by = ?, expires_at = ? WHERE prefix = ?",
        (successor, written(ends), prefix),
    )
    fact = {"replaced_by": successor, "expires_at": written(ends)}
    docket.entry("credential_replaced", prefix, canonical(fact), actor=by)


def _key(docket: Docket, prefix: str) -> Held | Refusal:
    held = people.in_force(docket.sql, prefix, docket.now())
    if held is None or held.kind != KEY:
        because = f"there is no key {prefix} in force"
        return Refusal(code=RefusalCode.UNKNOWN_CREDENTIAL, because=because)
    return held


def end(store: Store, prefix: str, *, by: str, kinds: Collection[str]) -> CredentialRow | Refusal:
    """End a key or session of these kinds, and return what it was."""

    def work(docket: Docket) -> CredentialRow | Refusal:
        held = people.in_force(docket.sql, prefix, docket.now())
        if held is None or held.kind not in kinds:
            what = "key" if KEY in kinds else "session"
            because = f"there is no {what} {prefix} in force"
            return Refusal(code=RefusalCode.UNKNOWN_CREDENTIAL, because=because)
        if (refusal := entitled(docket, by, held.person)) is not None:
            return refusal
        people.close(docket, prefix, by=by)
        return row_of(personal.shown(docket.sql, held))

    return store.write(work)
