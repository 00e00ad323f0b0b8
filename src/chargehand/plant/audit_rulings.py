"""Steps, rulings, stops, policies and keys against their journal entries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from chargehand.plant import people
from chargehand.plant.audit_rows import Fact, Mirror, Rows, differences, number_of
from chargehand.record.journal import Entry
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant, written


def steps(sql: Session) -> Mirror:
    """The history of each proposal, step by step."""
    counted: dict[int, int] = {}

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        proposal = number_of(fact["proposal"])
        n = counted[proposal] = counted.get(proposal, 0) + 1
        names = ("event", "state", "because")
        row = {"proposal": proposal, "n": n, "at": entry.recorded_at, "who": entry.actor}
        return (row | {name: fact[name] for name in names},)

    columns = "proposal, n, at, event, state, who, because"
    return Mirror(
        frozenset({"transition"}),
        Rows(sql, "transition", columns),
        said,
        lambda entry: f"a step of {entry.key}",
    )


def rulings(sql: Session) -> Mirror:
    """Each ruling as it was made."""
    names = (
        "number", "proposal", "version", "verdict", "clause", "policy_version", "justification",
        "cost", "currency", "at",
    )  # fmt: skip

    def said(_entry: Entry, fact: Fact) -> Sequence[Fact]:
        lists = {name: json.dumps(fact[name]) for name in ("cleared_by", "action_digests")}
        return ({name: fact[name] for name in names} | lists,)

    columns = ", ".join((*names, "cleared_by", "action_digests"))
    return Mirror(
        frozenset({"ruling"}),
        Rows(sql, "ruling", columns),
        said,
        lambda entry: f"a ruling on {entry.key}",
    )


def outcomes(sql: Session) -> Mirror:
    """What came of each proposal, as it was measured."""
    names = ("followed", "because", "expected", "actual")

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        row = {
            "proposal": number_of(entry.key),
            "is_right": int(fact["right"]),
            "worth": fact["worth"]["amount"],
            "currency": fact["worth"]["currency"],
            "measured_at": written(instant(fact["measured_at"])),
        }
        return (row | {name: fact[name] for name in names},)

    columns = ", ".join((*names, "proposal", "is_right", "worth", "currency", "measured_at"))
    return Mirror(
        frozenset({"outcome"}),
        Rows(sql, "outcome", columns),
        said,
        lambda entry: f"the outcome of {entry.key}",
    )


def policies(sql: Session) -> Mirror:
    """Each version of the policy, word for word."""

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        return (
            {
                "version": fact["version"],
                "text": fact["text"],
                "digest": sha256(fact["text"].encode()).hexdigest(),
                "activated_at": entry.recorded_at,
                "who": entry.actor,
            },
        )

    return Mirror(
        frozenset({"policy"}),
        Rows(sql, "policy", "version, text, digest, activated_at, who"),
        said,
        lambda entry: f"policy version {entry.key}",
    )


class Breakers:
    """Each stop and breaker as it opened; closed only by those who have said why."""

    kinds = frozenset({"breaker"})

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "breaker")
        self._open: dict[int, tuple[str, Any]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        found = self._rows.of(entry.number)
        if "closed" in fact:
            scope = "|".join(fact["closed"])
            for number, (opened, row) in list(self._open.items()):
                if opened == scope:
                    del self._open[number]
                    closed = {"closed_at": entry.recorded_at}
                    yield from differences(f"the breaker {scope}", row, closed, entry.number)
            return
        if len(found) != 1:
            yield f"the breaker {entry.key} of entry {entry.number} has {len(found)} rows"
            return
        decision, site, zone = entry.key.split("|")
        said: dict[str, object] = {"id": entry.number, "opened_at": entry.recorded_at, **fact}
        said |= {"decision": decision, "site": site, "zone": zone}
        yield from differences(f"the breaker {entry.key}", found[0], said, entry.number)
        self._open[entry.number] = (entry.key, found[0])

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for number, (scope, row) in self._open.items():
            said = {"closed_at": None}
            yield from differences(f"the breaker {scope}", row, said, number)
        yield from self._rows.end("breaker")


class Keys:
    """Each key belongs to the person to whom it was issued, and lives as long as was said."""

    kinds = frozenset({"credential", "credential_ended"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        row = self._sql.execute(
            "SELECT c.*, j.recorded_at AS ended FROM credential c LEFT JOIN journal j"
            " ON j.kind = 'credential_ended' AND j.key = c.prefix WHERE c.prefix = ?",
            (entry.key,),
        ).fetchone()
        what = f"key {entry.key}"
        if row is None:
            yield f"{what} (entry {entry.number}) is not in the table"
            return
        said: Fact = {"ended_at": row["ended"]}
        if entry.kind == "credential":
            said |= {"kind": fact["kind"], "label": fact["label"], "person": entry.actor}
            said |= {"created_at": entry.recorded_at}
            said |= {"expires_at": fact.get("expires_at", row["expires_at"])}
            if "sha256" in fact and people.seal(row["hash"]) != fact["sha256"]:
                yield f"{what} opens with another secret than the one that was issued"
        yield from differences(what, row, said, entry.number)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute(
            "SELECT prefix, person FROM credential WHERE NOT EXISTS (SELECT 1 FROM journal"
            " WHERE kind = 'credential' AND key = prefix)"
        ):
            yield f"key {row['prefix']} of {row['person']} was never issued"
