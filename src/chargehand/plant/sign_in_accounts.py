"""Accounts as administrators see them: who has which way in, locks, badges, sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.authority import Person
from chargehand.plant import people, sign_in_limits, sign_in_secrets
from chargehand.plant.people import BADGE, HANDHELD, KEY, LOGIN, PASSWORD, PIN, SESSION, Wanted
from chargehand.plant.sign_in_keys import CredentialRow, entitled, known, row_of
from chargehand.plant.sign_in_limits import by_name, locked_until, mark_of
from chargehand.plant.sign_in_local import badge_of, keep_secret
from chargehand.plant.sign_in_secrets import badge_hash
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import canonical

WAYS = {PASSWORD: "password", BADGE: "badge", PIN: "PIN", KEY: "key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One person or service account, and how they get in."""

    person: str
    name: str
    roles: tuple[str, ...]
    service: bool
    active: bool
    ways: tuple[str, ...]
    """What is set up: password, badge, PIN, key, provider."""
    sessions: int
    """Sessions in force, at the console and on handhelds."""
    last_seen: datetime | None
    locked: bool
    """By an administrator, until one unlocks it."""
    locked_until: datetime | None
    """By failed tries."""


def listed(
    store: Store, persons: tuple[Person, ...], *, by: str
) -> tuple[AccountRow, ...] | Refusal:
    """Every account of the policy."""

    def work(docket: Docket) -> tuple[AccountRow, ...] | Refusal:
        if (refusal := entitled(docket, by)) is not None:
            return refusal
        return tuple(_row(docket, person) for person in persons)

    return store.write(work)


def _row(docket: Docket, person: Person) -> AccountRow:
    kinds = (*WAYS, SESSION, HANDHELD)
    held = people.listed(docket.sql, docket.now(), *kinds, person=str(person.person))
    ways = [word for kind, word in WAYS.items() if any(one.kind == kind for one in held)]
    if person.subject:
        ways.append("provider")
    locks = [locked_until(docket, mark) for mark in _marks(docket, str(person.person))]
    return AccountRow(
        person=str(person.person), name=person.name, roles=person.roles, service=person.service,
        active=person.active, ways=tuple(ways),
        sessions=sum(one.kind in {SESSION, HANDHELD} for one in held),
        last_seen=max((one.last_used_at or one.created_at for one in held), default=None),
        locked=people.is_locked(docket.sql, str(person.person)),
        locked_until=max((lock for lock in locks if lock is not None), default=None),
    )  # fmt: skip


def _marks(docket: Docket, person: str) -> list[str]:
    """What the tries of a person are counted under: the id, and the badge."""
    badges = people.listed(docket.sql, docket.now(), BADGE, person=person)
    return [mark_of("name", name) for name in (person, *(badge.hash for badge in badges))]


def link(store: Store, person: str, *, by: str) -> str | Refusal:
    """A one-time token for the console, made by an administrator or by the person themselves."""

    def work(docket: Docket) -> str | Refusal:
        if (refusal := known(docket, person) or entitled(docket, by, person)) is not None:
            return refusal
        wanted = Wanted(kind=LOGIN, person=person, by=by, life=people.LIVES[LOGIN])
        return people.put(docket, wanted)

    return store.write(work)


def give_badge(store: Store, person: str, number: str, *, pepper: str, by: str) -> Refusal | None:
    """Let a badge number be a person's; the number before ends."""
    if (refusal := sign_in_secrets.odd_badge(number)) is not None:
        return refusal
    hashed = badge_hash(pepper, number)

    def work(docket: Docket) -> Refusal | None:
        if (refusal := known(docket, person) or entitled(docket, by)) is not None:
            return refusal
        held = badge_of(docket, hashed)
        if held is not None and held.person != person:
            because = f"this badge is {held.person}'s: end it there first"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
        keep_secret(docket, BADGE, person, hashed, by=by)
        return None

    return store.write(work)


def set_pin(store: Store, person: str, pin: str, *, by: str) -> Refusal | None:
    """Let a PIN be a person's; their sessions by badge end."""
    if (refusal := sign_in_secrets.too_weak_pin(pin)) is not None:
        return refusal
    hashed = sign_in_secrets.hashed(pin)

    def work(docket: Docket) -> Refusal | None:
        if (refusal := known(docket, person) or entitled(docket, by, person)) is not None:
            return refusal
        keep_secret(docket, PIN, person, hashed, by=by)
        _end_all(docket, person, HANDHELD, by=by)
        return None

    return store.write(work)


def drop(store: Store, person: str, kind: str, *, by: str) -> int | Refusal:
    """End a person's password, badge or PIN, and the sessions that came of it; how many ended."""
    sessions = SESSION if kind == PASSWORD else HANDHELD

    def work(docket: Docket) -> int | Refusal:
        if (refusal := entitled(docket, by, person)) is not None:
            return refusal
        return _end_all(docket, person, kind, sessions, by=by)

    return store.write(work)


def lock(store: Store, person: str, *, because: str, by: str) -> Refusal | None:
    """Let nobody in under an id, and end its sessions; its keys open nothing meanwhile."""

    def work(docket: Docket) -> Refusal | None:
        if (refusal := known(docket, person) or entitled(docket, by)) is not None:
            return refusal
        if person == by:
            text = "you would lock yourself out: another administrator can lock your account"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=text)
        if people.is_locked(docket.sql, person):
            text = f"the account of {person} is locked already"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=text)
        _end_all(docket, person, SESSION, HANDHELD, LOGIN, by=by)
        fact = {"because": docket.personal(because, person=by)}
        docket.entry("account_locked", person, canonical(fact), actor=by)
        return None

    return store.write(work)


def unlock(store: Store, person: str, *, by: str) -> bool | Refusal:
    """Let somebody in again, whoever locked them out; False where nothing was locked."""

    def work(docket: Docket) -> bool | Refusal:
        if (refusal := entitled(docket, by)) is not None:
            return refusal
        ended = [sign_in_limits.unlock(docket, mark, by=by) for mark in _marks(docket, person)]
        if people.is_locked(docket.sql, person):
            docket.entry("account_unlocked", person, "{}", actor=by)
            ended.append(True)
        return any(ended)

    return store.write(work)


def _end_all(docket: Docket, person: str, *kinds: str, by: str) -> int:
    held = people.listed(docket.sql, docket.now(), *kinds, person=person)
    return sum(people.close(docket, one.prefix, by=by) for one in held)


def end_all(store: Store, person: str, *, by: str) -> int | Refusal:
    """End every session of a person; how many ended."""

    def work(docket: Docket) -> int | Refusal:
        if (refusal := entitled(docket, by, person)) is not None:
            return refusal
        return _end_all(docket, person, SESSION, HANDHELD, LOGIN, by=by)

    return store.write(work)


def in_force(
    store: Store, *kinds: str, by: str, person: str | None = None
) -> tuple[CredentialRow, ...] | Refusal:
    """Keys or sessions in force, of one person or of all, newest first."""

    def work(docket: Docket) -> tuple[CredentialRow, ...] | Refusal:
        if (refusal := entitled(docket, by, person)) is not None:
            return refusal
        found = people.listed(docket.sql, docket.now(), *kinds, person=person)
        return tuple(row_of(held) for held in found)

    return store.write(work)


def change_password(store: Store, person: Person, password: str, *, keeping: str) -> Refusal | None:
    """Let a password be a person's own; their other sessions and unused links end.

    ``keeping``: prefix of the session in which they set it.
    """
    if (refusal := sign_in_secrets.too_weak_password(password, person)) is not None:
        return refusal
    hashed, id = sign_in_secrets.hashed(password), str(person.person)

    def work(docket: Docket) -> None:
        keep_secret(docket, PASSWORD, id, hashed, by=id)
        for held in people.listed(docket.sql, docket.now(), SESSION, LOGIN, person=id):
            if held.prefix != keeping:
                people.close(docket, held.prefix, by=id)
        sign_in_limits.passed(docket, _own(id))

    store.write(work)
    return None


def _own(person: str) -> sign_in_limits.Admitted:
    return sign_in_limits.Admitted(tried=(by_name(person, person),), locking=())
