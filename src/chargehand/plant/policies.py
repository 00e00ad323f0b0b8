"""The policy in force: versions are kept, each is checked whole before it holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chargehand.governance.policy import Policy, PolicyMistake, parse_policy
from chargehand.plant import installed
from chargehand.plant.fault import PlantFault
from chargehand.plant.policy_names import with_names, with_tokens
from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result, Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written


@lru_cache(maxsize=8)
def parse(text: str) -> Policy | tuple[PolicyMistake, ...]:
    """Read a stored policy text. What it says of decisions that are gone is a remark of it."""
    return _parsed(text, held=True)


def checked(text: str) -> Policy | tuple[PolicyMistake, ...]:
    """Read a new policy text, checked whole against the decisions that are installed here."""
    return _parsed(text, held=False)


def _parsed(text: str, *, held: bool) -> Policy | tuple[PolicyMistake, ...]:
    decisions = {name: installed.load(name) for name in installed.names()}
    return parse_policy(
        text,
        decisions=frozenset(decisions),
        transactions_of={
            name: [transaction.value for transaction in decision.transactions]
            for name, decision in decisions.items()
        },
        is_time_zone=is_time_zone,
        held=held,
    )


@lru_cache(maxsize=64)
def is_time_zone(name: str) -> bool:
    """Whether this machine knows a time zone of a name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def text_in_force(store: Store) -> tuple[int, str]:
    """Version and text of the policy that holds."""
    with store.snapshot() as sql:
        version, text = _last(sql.execute)
        return version, with_names(text, sql.execute)


def in_force(store: Store) -> Policy:
    """The policy that holds."""
    return _readable(*text_in_force(store))


def at(sql: Session) -> Policy:
    """The policy that holds as a snapshot sees it; people have tokens for names in it."""
    return _readable(*_last(sql.execute))


def within(docket: Docket) -> Policy:
    """The policy that holds at the moment of a transaction: it cannot change before its end.

    People have tokens for names in it: no ruling is about names.
    """
    return _readable(*_last(docket.sql))


def _last(sql: Callable[..., Result]) -> tuple[int, str]:
    """Version and text as the journal has them: its table is for lists, and anybody's to edit."""
    row = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'policy'"
        " ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise PlantFault("this plant has no policy", "make a new one with 'chargehand init'")
    fact = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
    if leaf_hash(fact.leaf_text()) != bytes(row["leaf"]):
        raise PlantFault(
            f"the policy (journal entry {row['number']}) was edited in the database",
            "run 'chargehand audit verify', and restore the database from a backup",
        )
    body = json.loads(row["body"])
    return body["version"], body["text"]


def _readable(version: int, text: str) -> Policy:
    policy = parse(text)
    if not isinstance(policy, Policy):
        # A text is checked before it holds, so somebody has edited the database.
        raise PlantFault(
            f"policy version {version} cannot be read: {policy[0]}",
            "run 'chargehand audit verify', and restore the database from a backup",
        )
    return policy


def first(store: Store, text: str) -> list[PolicyMistake]:
    """Let the first policy of a new plant hold; the mistakes where it cannot."""
    policy = checked(text)
    if not isinstance(policy, Policy):
        return list(policy)
    store.write(
        lambda docket: write(docket, policy, veiled(docket, text), "installation", request={})
    )
    return []


def veiled(docket: Docket, text: str) -> str:
    """A policy text with tokens in the place of people's names, as the journal keeps it."""
    return with_tokens(text, lambda name, person: docket.personal(name, person=person))


def write(
    docket: Docket, policy: Policy, text: str, who: str, *, request: Mapping[str, object]
) -> None:
    """Let a veiled text hold from now on; ``request`` says by which request it came into force."""
    digest = sha256(text.encode()).hexdigest()
    body = {"version": policy.version, "sha256": digest, "text": text, **request}
    entry = docket.entry("policy", str(policy.version), wire.canonical(body), actor=who)
    docket.sql(
        "INSERT INTO policy (version, text, digest, activated_at, who, entry)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (policy.version, text, digest, written(docket.now()), who, entry),
    )
