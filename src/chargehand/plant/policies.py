"""The policy in force: versions are kept, each is checked whole before it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from chargehand.governance.authority import Person
from chargehand.governance.policy import Policy, PolicyMistake, parse_policy
from chargehand.plant import installed
from chargehand.plant.fault import PlantFault
from chargehand.plant.policy_names import with_names, with_tokens
from chargehand.plant.reading import Done
from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


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
        held=held,
    )


def text_in_force(store: Store) -> tuple[int, str]:
    """Version and text of the policy that holds."""
    with store.snapshot() as sql:
        version, text = _last(sql.execute)
        return version, with_names(text, sql.execute)


def in_force(store: Store) -> Policy:
    """The policy that holds."""
    return _readable(*text_in_force(store))


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
    store.write(lambda docket: _write(docket, policy, text, "installation"))
    return []


def activate(store: Store, text: str, by: Person | None) -> Done | Refusal | list[PolicyMistake]:
    """Let a policy text hold from now on: checked whole, by a person who may, newer than before."""
    policy = checked(text)
    if not isinstance(policy, Policy):
        return list(policy)
    return store.write(lambda docket: _activate(docket, policy, text, by))


def _activate(docket: Docket, policy: Policy, text: str, by: Person | None) -> Done | Refusal:
    """Ask the policy that holds at this very moment: another may have been activated meanwhile."""
    before = within(docket)
    known = before.person(by.person) if by is not None else None
    if known is None or not known.active or not before.administrators & set(known.roles):
        return Refusal(
            code=RefusalCode.NOT_AUTHORIZED,
            because="the policy in force lets only"
            f" {', '.join(sorted(before.administrators)) or 'nobody'} change it",
        )
    if policy.version <= before.version:
        return Refusal(
            code=RefusalCode.POLICY_INVALID,
            because=f"version {policy.version} must be above {before.version}, which holds now",
        )
    return _write(docket, policy, text, str(known.person))


def _write(docket: Docket, policy: Policy, text: str, who: str) -> Done:
    text = with_tokens(text, lambda name, person: docket.personal(name, person=person))
    digest = sha256(text.encode()).hexdigest()
    body = wire.canonical({"version": policy.version, "sha256": digest, "text": text})
    entry = docket.entry("policy", str(policy.version), body, actor=who)
    docket.sql(
        "INSERT INTO policy (version, text, digest, activated_at, who, entry)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (policy.version, text, digest, written(docket.now()), who, entry),
    )
    return Done(
        proposal="", version=policy.version, state="active",
        text=f"policy version {policy.version} holds from now on",
    )  # fmt: skip
