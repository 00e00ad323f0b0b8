"""The policy in force: versions are kept, each is checked whole before it holds."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from chargehand.governance.authority import Person
from chargehand.governance.policy import Policy, PolicyMistake, parse_policy
from chargehand.plant import installed
from chargehand.plant.fault import PlantFault
from chargehand.plant.reading import Done
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


@lru_cache(maxsize=8)
def parse(text: str) -> Policy | tuple[PolicyMistake, ...]:
    """Read a policy text against the decisions that are installed here."""
    decisions = {name: installed.load(name) for name in installed.names()}
    return parse_policy(
        text,
        decisions=frozenset(decisions),
        transactions_of={
            name: [transaction.value for transaction in decision.transactions]
            for name, decision in decisions.items()
        },
    )


def text_in_force(store: Store) -> tuple[int, str]:
    """Version and text of the policy that holds."""
    with store.snapshot() as sql:
        row = sql.execute(
            "SELECT version, text FROM policy ORDER BY version DESC LIMIT 1"
        ).fetchone()
    if row is None:
        raise PlantFault("this plant has no policy", "make it again with 'chargehand init'")
    return row["version"], row["text"]


def in_force(store: Store) -> Policy:
    """The policy that holds."""
    version, text = text_in_force(store)
    policy = parse(text)
    if not isinstance(policy, Policy):
        raise PlantFault(
            f"policy version {version} cannot be read: {policy[0]}",
            "mend the text and activate it with 'chargehand policy activate'",
        )
    return policy


def within(docket: Docket) -> Policy:
    """The policy that holds at the moment of a transaction: it cannot change before its end."""
    row = docket.sql("SELECT text FROM policy ORDER BY version DESC LIMIT 1").fetchone()
    policy = parse(row["text"])
    assert isinstance(policy, Policy), "a policy is checked before it holds"
    return policy


def first(store: Store, text: str) -> list[PolicyMistake]:
    """Let the first policy of a new plant hold; the mistakes where it cannot."""
    policy = parse(text)
    if not isinstance(policy, Policy):
        return list(policy)
    store.write(lambda docket: _write(docket, policy, text, "installation"))
    return []


def activate(store: Store, text: str, by: Person | None) -> Done | Refusal | list[PolicyMistake]:
    """Let a policy text hold from now on: checked whole, by a person who may, newer than before."""
    policy = parse(text)
    if not isinstance(policy, Policy):
        return list(policy)
    before = in_force(store)
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
    return store.write(lambda docket: _write(docket, policy, text, str(known.person)))


def _write(docket: Docket, policy: Policy, text: str, who: str) -> Done:
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
