"""Who may tell what: each source belongs to whoever tells under its name."""

from __future__ import annotations

from chargehand.plant import policies
from chargehand.storage.docket import Docket
from chargehand.vocabulary.refusal import Refusal, RefusalCode

PERSONAL = ("person:", "floor:")
"""How a person's own sources begin; their id follows."""


def overreach(docket: Docket, sender: str, source: str) -> Refusal | None:
    """Say why an account may not tell anything under a source's name; note a source's first user.

    A person tells under ``person:<id>`` or ``floor:<id>``. A service account tells under any name
    that is neither a person's nor another service account's: the first one to use a name keeps it
    as long as it is active in the policy.
    """
    if source in {f"{kind}{sender}" for kind in PERSONAL}:
        return None
    if source.startswith(PERSONAL):
        return _no(f"source {source} is another person's own, and not {sender}'s")
    policy = policies.within(docket)
    account = policy.person(sender)
    if account is None or not account.service:
        return _no(
            f"{sender} tells under the source 'person:{sender}', and not under {source!r}:"
            " a system that tells under its own name needs a service account"
        )
    owner = docket.owner_of(source)
    if owner == sender:
        return None
    known = policy.person(owner) if owner else None
    if known is not None and known.active:
        return _no(
            f"source {source} is {owner}'s, not {sender}'s; take another name, or let the policy"
            f" say that {owner} is no longer active"
        )
    docket.own(source, sender)
    return None


def stranger(docket: Docket, source: str, person: str | None) -> Refusal | None:
    """Say why a person may not tell of a task or a count: the policy does not know them (any more).

    Systems report what others did, whom the policy need not know.
    """
    if person is None or not source.startswith(PERSONAL):
        return None
    policy = policies.within(docket)
    known = policy.person(person)
    if known is not None and known.active:
        return None
    because = f"{person} is not among the active people of policy version {policy.version}"
    return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)


def _no(because: str) -> Refusal:
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
