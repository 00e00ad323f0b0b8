"""Deriving a version of a proposal again; its orders and steps against its rulings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.policy import digest_of
from chargehand.plant import installed
from chargehand.plant.changing import changed_proposal
from chargehand.plant.replaying import Apart, apart, from_question, probe_state, upgrade_of
from chargehand.plant.replaying_lives import Life
from chargehand.storage.personal import Sql
from chargehand.storage.session import Row
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.work import Action


def derived(sql: Sql, row: Row, fact: Mapping[str, Any], life: Life) -> tuple[Apart | None, str]:
    """How a version differs from what follows; and where the probe stands, if it is none of ours.

    The first version follows from its question, a changed one from the version before and the
    changes, one that was taken back is the version before.
    """
    if fact["version"] != life.version + 1:
        return _wrong("version", fact["version"], life.version + 1), ""
    if not life.version:
        found = from_question(fact)
        state = "" if found is None else probe_state(sql, life.number, row["number"])
        return found, state
    before = life.fact
    for name in ("decision", "question"):
        if fact[name] != before[name]:
            return _wrong(name, fact[name], before[name]), ""
    if "changed_by" not in fact:
        return apart(before["proposal"], fact["proposal"]), ""
    return _changed(fact, before), ""


def _changed(fact: Mapping[str, Any], before: Mapping[str, Any]) -> Apart | None:
    name = before["decision"]
    if name not in installed.names():
        return _none(f"the decision {name} is not installed any more")
    decision = installed.load(name)
    told = fact.get("wish")
    wish = wished(fact["changes"], decision.changeable) if told is None else dict(told)
    row = {"body": before["proposal"], "question": before["question"]}
    answer = changed_proposal(row, wish, decision)
    if isinstance(answer, Refusal):
        return _none(f"that change is refused now: {answer.because}")
    return apart(wire.write(answer, Proposal), fact["proposal"], upgrade_of(before))


def wished(said: str, names: tuple[str, ...]) -> dict[str, str]:
    """The changes that an earlier release recorded in words.

    >>> wished("quantity = 8, supplier = A, B", ("quantity", "supplier"))
    {'quantity': '8', 'supplier': 'A, B'}
    """
    known = "|".join(map(re.escape, names))
    parts = re.split(rf"(?:^|, )({known}) = ", said)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def order(key: str, fact: Mapping[str, Any], life: Life) -> Apart | None:
    """Why an order does not follow from a ruling that cleared it; None where it does."""
    ruling = life.ruling or {}
    asked, found = fact["ruling"], ruling.get("number")
    if key in life.orders:
        return _wrong("key", key, "another", "it was placed before")
    if asked != found:
        because = f"no ruling {asked} on {life.name} was the last one before it"
        return _wrong("ruling", asked, found, because)
    if ruling["verdict"] != "cleared":
        return _wrong("verdict", "cleared", ruling["verdict"], "its ruling did not clear it")
    name = f"{life.name}.{ruling['version']}/"
    digests = ruling["action_digests"]
    place = key.removeprefix(name)
    if not key.startswith(name) or not place.isdigit() or int(place) >= len(digests):
        return _wrong("key", key, name, "it is none of the actions that were ruled on")
    action: Action = wire.read(Action, fact["action"])
    digest = digest_of((action,))
    if digest != digests[int(place)]:
        return _wrong("action", digest, digests[int(place)], "it is not the action ruled on")
    return None


def cleared(life: Life) -> Apart | None:
    """Why a proposal cannot have gone on as cleared; None where it could."""
    ruling = life.ruled or {}
    found = ruling.get("verdict", "no ruling")
    if found == "cleared":
        return None
    return _wrong("verdict", "cleared", found, "no ruling on this version cleared it")


def _wrong(field: str, recorded: object, now: object, because: str = "") -> Apart:
    return Apart(field=field, recorded=str(recorded), now=str(now), because=because)


def _none(because: str) -> Apart:
    return Apart(field="proposal", recorded="a proposal", now="none", because=because)
